// From gateway.yaml to a checked Configuration.
#pragma once

#include <filesystem>
#include <string>

#include "control/configuration.hpp"

namespace encluster::control {

/// Reads and checks a file. Relative file names in it are taken from its folder.
/// @throws ConfigurationError with up to 20 problems. Contradictions between values are looked for
/// only when each value by itself is right.
[[nodiscard]] Configuration parse_configuration(const std::filesystem::path& file);

/// The same from text. @param file names the text in errors, and its folder is that of relative
/// file names
[[nodiscard]] Configuration parse_configuration_text(const std::string& text,
                                                     const std::filesystem::path& file);

}  // namespace encluster::control
