// Reading and writing the files of a working set, secrets among them, beside other users: links are
// never followed, nothing is ever readable by others for a moment, and a file is either old or new.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "control/file_descriptor.hpp"

namespace encluster::ctl {

/// Who may read a file.
enum class Readable : mode_t {
  by_owner = 0600,  ///< a secret
  by_all = 0644,
};

/// The file's content; nothing if there is none of this name.
/// @throws std::runtime_error naming the file, if it is anything but a regular file of at most 1
/// MiB, or if it is a secret that others than its owner may read or write
[[nodiscard]] std::optional<std::string> read_file(const std::filesystem::path& file,
                                                   Readable readable);

/// Replaces or makes the file at once: whoever opens it finds the old content or the new, also
/// after a power failure. @pre no second process writes the same file: see lock_folder()
/// @throws std::system_error naming the file
void replace_file(const std::filesystem::path& file, const std::string& content, Readable readable);

/// Makes the folder for its owner alone, unless it is there.
/// @throws std::runtime_error naming it, if it is no folder, or another user may write in it
void make_folder(const std::filesystem::path& folder);

/// Until the descriptor is closed no other process gets it.
/// @throws std::runtime_error naming the folder, if another process has it
[[nodiscard]] control::FileDescriptor lock_folder(const std::filesystem::path& folder);

}  // namespace encluster::ctl
