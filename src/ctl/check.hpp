// enclusterctl check: is this configuration right?
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace encluster::ctl {

/// The program enclusterd: beside this one, in the sbin beside this one's bin, or the first in the
/// folders of `search_path`.
/// @param own_folder where this program is @param search_path as PATH has them
[[nodiscard]] std::optional<std::filesystem::path> find_gateway_program(
    const std::filesystem::path& own_folder, std::string_view search_path);

/// Becomes `enclusterd --config FILE --check`, which alone knows all that a configuration may say,
/// plugins' options too: its messages and exit status are the command's.
/// @throws std::runtime_error if there is no such program, or it can't be started
[[noreturn]] void check_configuration(const std::filesystem::path& config);

}  // namespace encluster::ctl
