// Which parts of a datagram have come.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace encluster::switching {

/// The fragments of one datagram as ranges of bytes after the IP header (RFC 791). Two fragments
/// may be equal but never overlap, and agree where the datagram ends (RFC 5722 asks the same of
/// IPv6).
class FragmentRanges {
 public:
  /// A datagram of 64 KiB has 45 at an MTU of 1500, one of NFS with 32 KiB has 23.
  static constexpr std::size_t kFragments = 64;

  enum class Added : std::uint8_t { fresh, duplicate, overlap, full };

  /// @param offset a multiple of 8  @param bytes not 0  @param last no more follow
  /// @pre offset + bytes is at most 65535.
  [[nodiscard]] Added add(std::uint16_t offset, std::uint16_t bytes, bool last) noexcept {
    const std::uint32_t end = std::uint32_t{offset} + bytes;
    if (const Added seen = compare(offset, end); seen != Added::fresh) return seen;
    const bool contradicts = last ? (end_ != 0 || end < highest_) : (end_ != 0 && end > end_);
    if (contradicts) return Added::overlap;
    if (count_ == kFragments) return Added::full;
    ranges_[count_++] = {offset, bytes};
    covered_ += bytes;
    if (end > highest_) highest_ = end;
    if (last) end_ = end;
    return Added::fresh;
  }

  [[nodiscard]] bool complete() const noexcept { return end_ != 0 && covered_ == end_; }

 private:
  struct Range {
    std::uint16_t offset;
    std::uint16_t bytes;
  };

  [[nodiscard]] Added compare(std::uint16_t offset, std::uint32_t end) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      const std::uint32_t other = ranges_[i].offset;
      const std::uint32_t other_end = other + ranges_[i].bytes;
      if (other == offset && other_end == end) return Added::duplicate;
      if (offset < other_end && other < end) return Added::overlap;
    }
    return Added::fresh;
  }

  std::uint32_t covered_ = 0;
  std::uint32_t highest_ = 0;  ///< end of the part that reaches furthest
  std::uint32_t end_ = 0;      ///< of the datagram; 0 while the last fragment has not come
  std::size_t count_ = 0;
  std::array<Range, kFragments> ranges_;
};

}  // namespace encluster::switching
