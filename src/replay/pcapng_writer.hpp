// Writes pcapng files.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string_view>
#include <vector>

namespace encluster::replay {

/// One section, little endian, Ethernet, times in nanoseconds. Failures are the stream's: ask it
/// when all is written.
class PcapngWriter {
 public:
  /// Writes the section's header. @param application what wrote the file, at most 255 bytes
  /// @pre the stream outlives the writer.
  PcapngWriter(std::ostream& out, std::string_view application);

  /// Describes the next interface, from 0 on. @param name at most 255 bytes
  void add_interface(std::string_view name);

  /// @param comment at most 1024 bytes; empty: none
  /// @pre the interface was described, and original_length is not less than the bytes.
  void write(std::uint32_t interface, std::uint64_t nanoseconds, std::span<const std::byte> bytes,
             std::uint32_t original_length, std::string_view comment);

 private:
  void begin(std::uint32_t type);
  void put16(std::uint16_t value);
  void put32(std::uint32_t value);
  void put_bytes(std::span<const std::byte> bytes);
  void put_option(std::uint16_t code, std::string_view value);
  void end();

  std::ostream& out_;
  std::vector<char> block_;
};

}  // namespace encluster::replay
