// Reading and writing the files of a working set, secrets among them, beside other users: links are
// never followed, nothing is ever readable by others for a moment, and a file is either old or new.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "control/file_descriptor.hpp"
#include "control/replace_file.hpp"

namespace encluster::ctl {

using control::Readable;
using control::replace_file;

/// The file's content; nothing if there is none of this name.
/// @throws std::runtime_error naming the file, if it is anything but a regular file of at most 1
/// MiB, or if it is a secret that others than its owner may read or write
[[nodiscard]] std::optional<std::string> read_file(const std::filesystem::path& file,
                                                   Readable readable);

/// Makes the folder for its owner alone, unless it is there.
/// @throws std::runtime_error naming it, if it is no folder, or another user may write in it
void make_folder(const std::filesystem::path& folder);

/// Until the descriptor is closed no other process gets it.
/// @throws std::runtime_error naming the folder, if another process has it
[[nodiscard]] control::FileDescriptor lock_folder(const std::filesystem::path& folder);

}  // namespace encluster::ctl
