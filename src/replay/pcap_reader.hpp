// Reads the older pcap format, which has one interface and no names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "replay/capture.hpp"

namespace encluster::replay {

/// Reads a whole file through libpcap. @param storage receives the frames' bytes, to which the
/// capture then refers
/// @throws InputError
[[nodiscard]] Capture read_pcap(const std::filesystem::path& file, std::vector<std::byte>& storage);

}  // namespace encluster::replay
