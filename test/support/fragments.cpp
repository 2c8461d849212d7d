#include "support/fragments.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

namespace encluster::test {

namespace {

constexpr std::size_t kIp = sizeof(net::EthernetHeader);

net::Ipv4Header ip_of(std::span<const std::byte> frame) {
  net::Ipv4Header ip;
  std::memcpy(&ip, frame.data() + kIp, sizeof ip);
  return ip;
}

bool same_datagram(const net::Ipv4Header& a, const net::Ipv4Header& b) {
  return a.source == b.source && a.destination == b.destination && a.protocol == b.protocol &&
         a.identification == b.identification;
}

}  // namespace

std::vector<Part> parts_of(std::size_t bytes, std::size_t each) {
  std::vector<Part> parts;
  for (std::size_t offset = 0; offset < bytes; offset += each) {
    parts.push_back({offset, std::min(each, bytes - offset), offset + each < bytes});
  }
  return parts;
}

PacketBuilder part(const PacketBuilder& whole, const Part& which) {
  return PacketBuilder(whole).fragment(which.offset, which.more, which.bytes);
}

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

std::vector<std::byte> reassemble(std::span<const std::vector<std::byte>> frames) {
  std::map<std::size_t, std::vector<std::byte>> parts;
  std::size_t end = 0;
  const net::Ipv4Header first = ip_of(frames[0]);
  for (const auto& frame : frames) {
    if (!checksums_ok(frame)) throw std::logic_error("a fragment's IP checksum is wrong");
    const net::Ipv4Header ip = ip_of(frame);
    if (!same_datagram(ip, first)) throw std::logic_error("fragments of different datagrams");
    const std::size_t offset = (ip.flags_and_offset.host() & net::kFragmentOffsetMask) * 8u;
    const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(kIp + ip.header_length());
    parts[offset].assign(begin,
                         frame.begin() + static_cast<std::ptrdiff_t>(kIp + ip.total_length.host()));
    if ((ip.flags_and_offset.host() & net::kMoreFragments) == 0)
      end = offset + parts[offset].size();
  }
  const std::vector<std::byte>& original = frames[0];
  std::vector<std::byte> whole(original.begin(), original.begin() + kIp + sizeof(net::Ipv4Header));
  for (const auto& [offset, bytes] : parts) {
    if (whole.size() != kIp + sizeof(net::Ipv4Header) + offset) {
      throw std::logic_error("fragments with a gap or an overlap at " + std::to_string(offset));
    }
    whole.insert(whole.end(), bytes.begin(), bytes.end());
  }
  if (whole.size() != kIp + sizeof(net::Ipv4Header) + end) {
    throw std::logic_error("the last fragment is missing");
  }
  net::Ipv4Header ip = first;
  ip.version_and_length = 0x45;
  ip.flags_and_offset = Be16();
  ip.total_length = Be16(static_cast<std::uint16_t>(whole.size() - kIp));
  ip.checksum = Be16();
  std::memcpy(whole.data() + kIp, &ip, sizeof ip);
  ip.checksum = Be16(reference_checksum(std::span(whole).subspan(kIp, sizeof ip)));
  std::memcpy(whole.data() + kIp, &ip, sizeof ip);
  return whole;
}

std::uint16_t identification_of(std::span<const std::byte> frame) {
  return ip_of(frame).identification.host();
}

}  // namespace encluster::test
