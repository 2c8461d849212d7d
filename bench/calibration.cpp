#include "calibration.hpp"

#include <algorithm>
#include <cstring>

namespace encluster::bench {

namespace {

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kMacBytes = 6;
constexpr MacAddress kOwnMac{0x02, 0, 0, 0, 0, 0x01};
constexpr Endpoint kFrom{Ipv4Address(198, 18, 0, 1), PortNumber(std::uint16_t{40000})};
constexpr Endpoint kTo{Ipv4Address(192, 0, 2, 1), PortNumber(std::uint16_t{513})};

void swap_macs(std::byte* frame) noexcept {
  std::swap_ranges(frame, frame + kMacBytes, frame + kMacBytes);
}

void renew_all(Batch& batch) {
  for (std::size_t i = 0; i < kBatch; ++i) batch.renew(i, kFrom, kTo, Origin::network, kOwnMac);
}

bool macs_swapped(const Packet& packet) {
  return std::memcmp(packet.frame + kMacBytes, kOwnMac.data(), kMacBytes) == 0;
}

std::uint16_t big_endian_at(const std::byte* at) noexcept {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(at[0]) << 8 |
                                    std::to_integer<unsigned>(at[1]));
}

/// The 16-bit one's complement sum of bytes in memory order, not yet complemented (RFC 1071).
std::uint32_t sum_of(const std::byte* bytes, std::size_t count, std::uint32_t sum) noexcept {
  for (; count >= 2; count -= 2, bytes += 2) {
    std::uint16_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    sum += word;
  }
  if (count != 0) sum += std::to_integer<std::uint32_t>(*bytes);
  return sum;
}

void write_checksum(std::byte* at, std::uint32_t sum) noexcept {
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  const auto checksum = static_cast<std::uint16_t>(~sum);
  std::memcpy(at, &checksum, sizeof checksum);
}

/// False if the frame is no TCP segment in IPv4, or shorter than it says.
bool renew_checksums(std::byte* frame, std::size_t length) noexcept {
  constexpr std::size_t kIpChecksum = 10;
  constexpr std::size_t kIpAddresses = 12;
  constexpr std::size_t kTcpChecksum = 16;
  constexpr unsigned kTcp = 6;
  if (length < kEthernetBytes + 20 || big_endian_at(frame + 12) != 0x0800) return false;
  std::byte* ip = frame + kEthernetBytes;
  const std::size_t header = (std::to_integer<std::size_t>(ip[0]) & 0x0f) * 4;
  const std::size_t total = big_endian_at(ip + 2);
  if (std::to_integer<unsigned>(ip[9]) != kTcp || total > length - kEthernetBytes ||
      total < header + 20) {
    return false;
  }
  std::byte* tcp = ip + header;
  std::memset(ip + kIpChecksum, 0, 2);
  write_checksum(ip + kIpChecksum, sum_of(ip, header, 0));

  const auto bytes = static_cast<std::uint16_t>(total - header);
  const std::array<std::byte, 4> pseudo{std::byte{0}, std::byte{kTcp}, std::byte(bytes >> 8),
                                        std::byte(bytes & 0xff)};
  std::memset(tcp + kTcpChecksum, 0, 2);
  std::uint32_t sum = sum_of(pseudo.data(), pseudo.size(), 0);
  sum = sum_of(ip + kIpAddresses, 8, sum);
  write_checksum(tcp + kTcpChecksum, sum_of(tcp, bytes, sum));
  return true;
}

}  // namespace

void MacSwap::prepare(Batch& batch) { renew_all(batch); }

void MacSwap::run(std::span<Packet> burst) noexcept {
  for (Packet& packet : burst) {
    swap_macs(packet.frame);
    packet.verdict = Verdict::forward;
  }
}

std::optional<std::string> MacSwap::fault(const Batch& batch) const {
  const auto packets = batch.packets();
  if (std::all_of(packets.begin(), packets.end(), macs_swapped)) return std::nullopt;
  return "a frame's MAC addresses are not swapped";
}

void ParseAndChecksum::prepare(Batch& batch) { renew_all(batch); }

void ParseAndChecksum::run(std::span<Packet> burst) noexcept {
  for (Packet& packet : burst) {
    const bool done = renew_checksums(packet.frame, packet.length);
    swap_macs(packet.frame);
    packet.verdict = done ? Verdict::forward : Verdict::drop;
  }
}

std::optional<std::string> ParseAndChecksum::fault(const Batch& batch) const {
  const auto packets = batch.packets();
  if (std::all_of(packets.begin(), packets.end(), [](const Packet& packet) {
        return packet.verdict == Verdict::forward && macs_swapped(packet) &&
               checksums_right(packet);
      })) {
    return std::nullopt;
  }
  return "a frame's checksums are wrong";
}

}  // namespace encluster::bench
