// From bytes to a YAML tree that is safe to walk.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <string>

#include "control/configuration_error.hpp"

namespace encluster::control {

inline constexpr std::size_t kMaxConfigurationBytes = 1 << 20;

/// The file's contents. @throws ConfigurationError if it can't be read or is too large.
[[nodiscard]] std::string read_configuration_file(const std::filesystem::path& file);

/// The one document in `text`, whose root is a mapping. Bytes that are not UTF-8 text, syntax
/// errors, nesting beyond what the parser bears (500 levels) and further documents are refused.
/// Aliases are allowed: the tree may share branches and even contain itself.
/// @throws ConfigurationError
[[nodiscard]] YAML::Node parse_yaml(const std::string& text, ConfigurationReport& report);

}  // namespace encluster::control
