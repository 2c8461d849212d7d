#include "replay/pcapng_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "replay/byte_reader.hpp"
#include "replay/pcapng_format.hpp"
#include "replay/timestamp.hpp"

namespace encluster::replay {

namespace {

using namespace pcapng;

/// What a block's parser found wrong with it; null if nothing.
using Complaint = const char*;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  ReadResult run() {
    while (offset_ < bytes_.size()) {
      if (const Complaint complaint = read_block()) return CaptureError{offset_, complaint};
      offset_ += length_;
    }
    if (!in_section_) return CaptureError{0, "the file is empty"};
    return std::move(capture_);
  }

 private:
  struct Interface {
    std::uint32_t snap_length = 0;  ///< 0: unlimited
    TimestampUnit unit;
  };

  /// Reads the block at `offset_` and sets `length_`.
  Complaint read_block();
  Complaint find_byte_order(std::span<const std::byte> rest);
  Complaint read_section_header(ByteReader body);
  Complaint read_interface(ByteReader body);
  Complaint read_enhanced_packet(ByteReader body);
  Complaint read_obsolete_packet(ByteReader body);
  Complaint read_simple_packet(ByteReader body);
  /// What Enhanced and obsolete Packet Blocks have in common.
  Complaint read_packet(std::uint32_t interface, ByteReader& body);
  template <typename Use>
  static Complaint read_options(ByteReader& body, Use&& use);

  std::span<const std::byte> bytes_;
  std::uint64_t offset_ = 0;
  std::uint32_t length_ = 0;
  bool in_section_ = false;
  bool swapped_ = false;
  std::size_t first_interface_ = 0;    ///< of the section, in capture_.interfaces
  std::vector<Interface> interfaces_;  ///< of the section
  std::uint64_t last_time_ = 0;
  Capture capture_;
};

Complaint Reader::read_block() {
  const auto rest = bytes_.subspan(offset_);
  if (rest.size() < kBlockOverhead) return "the file ends within a block";
  ByteReader head(rest, swapped_);
  const std::uint32_t type = head.u32();
  if (type == kSectionHeader) {
    if (const Complaint complaint = find_byte_order(rest)) return complaint;
    head = ByteReader(rest.subspan(sizeof type), swapped_);
  } else if (!in_section_) {
    return "the file does not begin with a Section Header Block: it is no pcapng file";
  }
  length_ = head.u32();
  if (length_ < kBlockOverhead || length_ % 4 != 0) return "the block's length is impossible";
  if (length_ > rest.size()) return "the block is longer than the rest of the file";
  ByteReader tail(rest.subspan(length_ - 4, 4), swapped_);
  if (tail.u32() != length_) return "the block's two lengths differ";

  const ByteReader body(rest.subspan(8, length_ - kBlockOverhead), swapped_);
  switch (type) {
    case kSectionHeader:
      return read_section_header(body);
    case kInterfaceDescription:
      return read_interface(body);
    case kEnhancedPacket:
      return read_enhanced_packet(body);
    case kObsoletePacket:
      return read_obsolete_packet(body);
    case kSimplePacket:
      return read_simple_packet(body);
    default:
      return nullptr;
  }
}

/// The magic number comes after the length that it helps to read.
Complaint Reader::find_byte_order(std::span<const std::byte> rest) {
  const std::uint32_t magic = ByteReader(rest.subspan(8), false).u32();
  if (magic != kByteOrderMagic && magic != __builtin_bswap32(kByteOrderMagic)) {
    return "the Section Header Block has no byte-order magic";
  }
  swapped_ = magic != kByteOrderMagic;
  return nullptr;
}

Complaint Reader::read_section_header(ByteReader body) {
  static_cast<void>(body.u32());
  const std::uint16_t major = body.u16();
  static_cast<void>(body.u16());
  static_cast<void>(body.u64());
  if (body.overrun()) return "the Section Header Block is too short";
  if (major != kMajorVersion) return "the file's version of pcapng is not 1";
  in_section_ = true;
  first_interface_ = capture_.interfaces.size();
  interfaces_.clear();
  return read_options(body, [](std::uint16_t, std::span<const std::byte>) {});
}

template <typename Use>
Complaint Reader::read_options(ByteReader& body, Use&& use) {
  while (body.left() > 0) {
    const std::uint16_t code = body.u16();
    const std::uint16_t length = body.u16();
    if (code == kEndOfOptions && !body.overrun()) return nullptr;
    const auto value = body.take(padded(length));
    if (body.overrun()) return "an option is longer than its block";
    use(code, value.first(length));
  }
  return nullptr;
}

Complaint Reader::read_interface(ByteReader body) {
  if (capture_.interfaces.size() == kMaxInterfaces) return "the file has too many interfaces";
  CaptureInterface named;
  Interface interface;
  named.link_type = body.u16();
  static_cast<void>(body.u16());
  interface.snap_length = body.u32();
  if (body.overrun()) return "the Interface Description Block is too short";
  Complaint wrong = nullptr;
  const auto use = [&](std::uint16_t code, std::span<const std::byte> value) {
    if (code == kInterfaceName) {
      named.name.assign(reinterpret_cast<const char*>(value.data()), value.size());
    } else if (code == kTimestampResolution) {
      if (value.size() != 1) wrong = "the option if_tsresol does not have one byte";
      if (value.size() == 1) interface.unit.resolution = static_cast<std::uint8_t>(value[0]);
    } else if (code == kTimestampOffset) {
      if (value.size() != 8) wrong = "the option if_tsoffset does not have eight bytes";
      interface.unit.offset = static_cast<std::int64_t>(ByteReader(value, swapped_).u64());
    }
  };
  if (const Complaint complaint = read_options(body, use)) return complaint;
  if (wrong != nullptr) return wrong;
  capture_.interfaces.push_back(std::move(named));
  interfaces_.push_back(interface);
  return nullptr;
}

Complaint Reader::read_enhanced_packet(ByteReader body) {
  const std::uint32_t interface = body.u32();
  return read_packet(interface, body);
}

Complaint Reader::read_obsolete_packet(ByteReader body) {
  const std::uint16_t interface = body.u16();
  static_cast<void>(body.u16());  // drops
  return read_packet(interface, body);
}

Complaint Reader::read_packet(std::uint32_t interface, ByteReader& body) {
  const std::uint64_t high = body.u32();
  const std::uint64_t low = body.u32();
  const std::uint32_t captured = body.u32();
  const std::uint32_t original = body.u32();
  if (body.overrun()) return "the packet block is too short";
  if (interface >= interfaces_.size()) return "the packet's interface is not described";
  if (captured > original) return "more bytes of the packet were captured than it had";
  const auto bytes = body.take(captured);
  static_cast<void>(body.take(padded(captured) - std::size_t{captured}));
  if (body.overrun()) return "the packet is longer than its block";
  last_time_ = to_nanoseconds(high << 32 | low, interfaces_[interface].unit);
  capture_.frames.push_back(
      {static_cast<std::uint32_t>(first_interface_ + interface), last_time_, original, bytes});
  return read_options(body, [](std::uint16_t, std::span<const std::byte>) {});
}

/// It has no time of its own, and tells by the snap length alone how much was kept.
Complaint Reader::read_simple_packet(ByteReader body) {
  const std::uint32_t original = body.u32();
  if (body.overrun()) return "the packet block is too short";
  if (interfaces_.empty()) return "the packet's interface is not described";
  const std::uint32_t snap = interfaces_[0].snap_length;
  const std::uint32_t captured = snap == 0 ? original : std::min(original, snap);
  const auto bytes = body.take(captured);
  if (body.overrun()) return "the packet is longer than its block";
  capture_.frames.push_back(
      {static_cast<std::uint32_t>(first_interface_), last_time_, original, bytes});
  return nullptr;
}

}  // namespace

ReadResult read_capture(std::span<const std::byte> bytes) { return Reader(bytes).run(); }

}  // namespace encluster::replay
