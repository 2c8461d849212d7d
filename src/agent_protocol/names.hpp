// Words for what messages say in numbers: the same in the logs of gateway and agents.
#pragma once

#include <string_view>

#include "agent_protocol/messages.hpp"

namespace encluster::agent_protocol {

/// Its name in RefusalReason.
[[nodiscard]] std::string_view name_of(RefusalReason reason) noexcept;
/// Its name in ServiceResult, with '-'.
[[nodiscard]] std::string_view name_of(ServiceResult result) noexcept;

/// Its name in ExportRefusal, with '-'.
[[nodiscard]] std::string_view name_of(ExportRefusal reason) noexcept;

/// Its name in LeaseResult.
[[nodiscard]] std::string_view name_of(LeaseResult result) noexcept;

}  // namespace encluster::agent_protocol
