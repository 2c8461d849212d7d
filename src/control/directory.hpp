// Directories that lie in each other.
#pragma once

#include <string>

namespace encluster::control {

/// Whether the directory is the other one, or lies in it. @pre absolute paths as
/// control::absolute_path() has them
[[nodiscard]] inline bool lies_in(const std::string& path, const std::string& directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace encluster::control
