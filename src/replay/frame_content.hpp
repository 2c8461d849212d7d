// What a gateway leaves alone in a message: by it, a frame is recognised on the other side.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace encluster::replay {

/// Equal for two frames that differ in nothing but MAC addresses, IP addresses, ports, echo
/// identifiers, IP identification, time to live, checksums and padding.
[[nodiscard]] std::string content_of(std::span<const std::byte> frame);

/// The rest of what is compared: addresses, ports and echo identifier, as text.
[[nodiscard]] std::string ends_of(std::span<const std::byte> frame);

}  // namespace encluster::replay
