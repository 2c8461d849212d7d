#include "net/checksum.hpp"

namespace encluster::net {

std::uint64_t sum_words(std::span<const std::byte> bytes) noexcept {
  // Sums of 32-bit words fold to the same 16 bits as sums of 16-bit words, in half the steps; a
  // datagram is far too short for 64 bits to overflow.
  std::uint64_t sum = 0;
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    sum += word;
  }
  std::uint32_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  return sum + rest;
}

Be16 ipv4_checksum(std::span<const std::byte> header) noexcept {
  constexpr std::size_t kField = offsetof(Ipv4Header, checksum);
  const auto sum = sum_words(header.first(kField)) + sum_words(header.subspan(kField + 2));
  return Be16::from_raw(static_cast<std::uint16_t>(~fold(sum)));
}

Be16 transport_checksum(Ipv4Address source, Ipv4Address destination, Protocol protocol,
                        std::span<const std::byte> message) noexcept {
  std::uint64_t sum = sum_words(message);
  if (protocol != Protocol::icmp) {
    sum += std::uint64_t{source.wire().raw()} + destination.wire().raw();
    sum += Be16(static_cast<std::uint16_t>(protocol)).raw();
    sum += Be16(static_cast<std::uint16_t>(message.size())).raw();
  }
  const auto checksum = static_cast<std::uint16_t>(~fold(sum));
  const bool computed_zero = protocol == Protocol::udp && checksum == 0;
  return Be16::from_raw(computed_zero ? std::uint16_t{0xffff} : checksum);
}

}  // namespace encluster::net
