// One or more capture files as one stream of frames.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "replay/capture.hpp"

namespace encluster::replay {

/// A file to be read.
struct InputFile {
  std::filesystem::path path;
  std::optional<std::string> interface;  ///< what the one interface of a pcap file is called
};

/// Frames longer than this cannot be packets; a packet's length has 16 bits.
inline constexpr std::uint32_t kMaxFrame = 0xffff;

/// Holds whole files in memory.
class Recording {
 public:
  /// @throws InputError
  explicit Recording(const std::vector<InputFile>& files);

  [[nodiscard]] const std::vector<CaptureInterface>& interfaces() const noexcept {
    return capture_.interfaces;
  }
  /// By time; those of one moment in the order of the files.
  [[nodiscard]] const std::vector<CapturedFrame>& frames() const noexcept {
    return capture_.frames;
  }

 private:
  void add(Capture capture);

  std::vector<std::vector<std::byte>> storage_;
  Capture capture_;
};

/// The frame in its original length, with zeros for what was not kept: headers and lengths are
/// sound again. @pre original_length <= kMaxFrame
[[nodiscard]] std::vector<std::byte> restored(const CapturedFrame& frame);

}  // namespace encluster::replay
