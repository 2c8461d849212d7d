#include "replay/pcapng_writer.hpp"

#include <ostream>

#include "replay/capture.hpp"
#include "replay/pcapng_format.hpp"

namespace encluster::replay {

using namespace pcapng;

PcapngWriter::PcapngWriter(std::ostream& out, std::string_view application) : out_(out) {
  begin(kSectionHeader);
  put32(kByteOrderMagic);
  put16(kMajorVersion);
  put16(0);
  put32(0xffffffff);  // the section's length is not told
  put32(0xffffffff);
  put_option(kUserApplication, application);
  put_option(kEndOfOptions, {});
  end();
}

void PcapngWriter::add_interface(std::string_view name) {
  constexpr char kNanoseconds = 9;
  begin(kInterfaceDescription);
  put16(kLinkTypeEthernet);
  put16(0);
  put32(0);  // nothing is cut
  put_option(kInterfaceName, name);
  put_option(kTimestampResolution, {&kNanoseconds, 1});
  put_option(kEndOfOptions, {});
  end();
}

void PcapngWriter::write(std::uint32_t interface, std::uint64_t nanoseconds,
                         std::span<const std::byte> bytes, std::uint32_t original_length,
                         std::string_view comment) {
  begin(kEnhancedPacket);
  put32(interface);
  put32(static_cast<std::uint32_t>(nanoseconds >> 32));
  put32(static_cast<std::uint32_t>(nanoseconds));
  put32(static_cast<std::uint32_t>(bytes.size()));
  put32(original_length);
  put_bytes(bytes);
  if (!comment.empty()) {
    put_option(kComment, comment);
    put_option(kEndOfOptions, {});
  }
  end();
}

/// The length stays open until end().
void PcapngWriter::begin(std::uint32_t type) {
  block_.clear();
  put32(type);
  put32(0);
}

void PcapngWriter::put16(std::uint16_t value) {
  block_.push_back(static_cast<char>(value & 0xff));
  block_.push_back(static_cast<char>(value >> 8));
}

void PcapngWriter::put32(std::uint32_t value) {
  put16(static_cast<std::uint16_t>(value));
  put16(static_cast<std::uint16_t>(value >> 16));
}

void PcapngWriter::put_bytes(std::span<const std::byte> bytes) {
  const auto* first = reinterpret_cast<const char*>(bytes.data());
  block_.insert(block_.end(), first, first + bytes.size());
  block_.resize((block_.size() + 3) / 4 * 4);
}

void PcapngWriter::put_option(std::uint16_t code, std::string_view value) {
  put16(code);
  put16(static_cast<std::uint16_t>(value.size()));
  put_bytes(std::as_bytes(std::span(value)));
}

void PcapngWriter::end() {
  const auto length = static_cast<std::uint32_t>(block_.size() + 4);
  put32(length);
  for (std::size_t byte = 0; byte < 4; ++byte) {
    block_[4 + byte] = static_cast<char>(length >> (8 * byte) & 0xff);
  }
  out_.write(block_.data(), static_cast<std::streamsize>(block_.size()));
}

}  // namespace encluster::replay
