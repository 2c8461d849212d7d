// What a capture holds: interfaces by name, and frames in the order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace encluster::replay {

inline constexpr std::uint16_t kLinkTypeEthernet = 1;

struct CaptureInterface {
  std::string name;  ///< empty where the capture does not tell; any bytes
  std::uint16_t link_type = kLinkTypeEthernet;
};

struct CapturedFrame {
  std::uint32_t interface = 0;        ///< position in Capture::interfaces
  std::uint64_t nanoseconds = 0;      ///< since 1970
  std::uint32_t original_length = 0;  ///< bytes on the wire; fewer may have been kept
  std::span<const std::byte> bytes;
};

/// Frames refer to the bytes that they were read from.
struct Capture {
  std::vector<CaptureInterface> interfaces;
  std::vector<CapturedFrame> frames;
};

/// Bytes that are no capture: where, and what is wrong with them.
struct CaptureError {
  std::uint64_t offset = 0;  ///< of the block, from the beginning of the file
  std::string what;
};

using ReadResult = std::variant<Capture, CaptureError>;

}  // namespace encluster::replay
