// pcapng files for tests, block by block and in either byte order; right unless a test breaks them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace encluster::replay::test {

class PcapngBytes {
 public:
  explicit PcapngBytes(bool big_endian = false) : big_endian_(big_endian) {}

  PcapngBytes& section() {
    return block(0x0a0d0d0a, u32(0x1a2b3c4d) + u16(1) + u16(0) + u32(0xffffffff) + u32(0xffffffff));
  }
  PcapngBytes& interface(std::string_view name, const std::string& more_options = {},
                         std::uint32_t snap_length = 0, std::uint16_t link_type = 1) {
    return block(1, u16(link_type) + u16(0) + u32(snap_length) + option(2, name) + more_options);
  }
  PcapngBytes& packet(std::uint32_t interface, std::uint64_t ticks, std::string_view bytes) {
    return block(6, packet_body(interface, ticks, static_cast<std::uint32_t>(bytes.size()),
                                static_cast<std::uint32_t>(bytes.size()), bytes));
  }
  PcapngBytes& simple_packet(std::uint32_t original, std::string_view bytes) {
    return block(3, u32(original) + padded(bytes));
  }
  PcapngBytes& block(std::uint32_t type, const std::string& body) {
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    bytes_ += u32(type) + u32(length) + body + u32(length);
    return *this;
  }
  PcapngBytes& raw(const std::string& bytes) {
    bytes_ += bytes;
    return *this;
  }

  [[nodiscard]] std::string packet_body(std::uint32_t interface, std::uint64_t ticks,
                                        std::uint32_t captured, std::uint32_t original,
                                        std::string_view bytes) const {
    return u32(interface) + u32(static_cast<std::uint32_t>(ticks >> 32)) +
           u32(static_cast<std::uint32_t>(ticks)) + u32(captured) + u32(original) + padded(bytes);
  }
  [[nodiscard]] std::string option(std::uint16_t code, std::string_view value) const {
    return u16(code) + u16(static_cast<std::uint16_t>(value.size())) + padded(value);
  }
  [[nodiscard]] std::string u16(std::uint16_t value) const { return number(value, 2); }
  [[nodiscard]] std::string u32(std::uint32_t value) const { return number(value, 4); }

  [[nodiscard]] const std::string& text() const { return bytes_; }
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(bytes_));
  }

 private:
  [[nodiscard]] std::string number(std::uint32_t value, unsigned bytes) const {
    std::string text;
    for (unsigned i = 0; i < bytes; ++i) {
      const unsigned shift = 8 * (big_endian_ ? bytes - 1 - i : i);
      text += static_cast<char>(value >> shift & 0xff);
    }
    return text;
  }
  static std::string padded(std::string_view bytes) {
    std::string text(bytes);
    text.resize((text.size() + 3) / 4 * 4);
    return text;
  }

  bool big_endian_;
  std::string bytes_;
};

}  // namespace encluster::replay::test
