// Replacing files at once: links are never followed, nothing is ever readable by others for a
// moment, and a file is either old or new.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "control/file_descriptor.hpp"

namespace encluster::control {

/// Who may read a file.
enum class Readable : mode_t {
  by_owner = 0600,  ///< a secret
  by_all = 0644,
};

/// Replaces or makes the file at once: whoever opens it finds the old content or the new, also
/// after a power failure. @pre no second process writes the same file
/// @throws std::system_error naming the file
void replace_file(const std::filesystem::path& file, const std::string& content, Readable readable);

/// Renames the file, whose content nobody understood, to FILE.damaged; if it can be.
void put_aside(const std::filesystem::path& file) noexcept;

/// The folder itself; an empty path is the working directory. @throws std::system_error naming it
[[nodiscard]] FileDescriptor open_folder(const std::filesystem::path& folder);

}  // namespace encluster::control
