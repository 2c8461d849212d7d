// Which file systems are mounted in a directory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace encluster::agent {

/// The places below the directory where something is mounted, rising, each once; not the directory
/// itself. @param mountinfo as /proc/self/mountinfo; lines that are none are passed over
[[nodiscard]] std::vector<std::string> mounts_below(std::string_view directory,
                                                    std::string_view mountinfo);

}  // namespace encluster::agent
