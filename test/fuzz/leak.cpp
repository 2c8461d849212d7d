#include "fuzz/leak.hpp"

#include <cstring>

#include "net/headers.hpp"
#include "support/packet_inspect.hpp"

namespace encluster::fuzz {

namespace {

using Span = std::span<const std::byte>;
using Leak = std::optional<std::string>;

template <typename Header>
std::optional<Header> read(Span bytes, std::size_t offset = 0) {
  if (bytes.size() < offset + sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data() + offset, sizeof header);
  return header;
}

Span behind(Span bytes, std::size_t offset) {
  return offset < bytes.size() ? bytes.subspan(offset) : Span{};
}

Leak if_inside(Be32 address, const Ipv4Prefix& inside, const char* where) {
  if (!inside.contains(Ipv4Address(address))) return std::nullopt;
  return std::string(where) + " " + test::to_string(Ipv4Address(address));
}

Leak in_options(Span options, const Ipv4Prefix& inside) {
  for (std::size_t at = 0; at + sizeof(Be32) <= options.size(); ++at) {
    if (auto leak = if_inside(*read<Be32>(options, at), inside, "an IP option has")) return leak;
  }
  return std::nullopt;
}

bool is_error(std::uint8_t type) {
  using namespace net::icmp_type;
  return type == unreachable || type == source_quench || type == redirect ||
         type == time_exceeded || type == parameter_problem;
}

Leak in_icmp(Span message, const Ipv4Prefix& inside) {
  const auto icmp = read<net::IcmpHeader>(message);
  if (!icmp || !is_error(icmp->type)) return std::nullopt;
  if (icmp->type == net::icmp_type::redirect) {
    const auto advised = read<Be32>(message, offsetof(net::IcmpHeader, identifier));
    if (auto leak = if_inside(*advised, inside, "a redirect advises")) return leak;
  }
  const auto quoted = read<net::Ipv4Header>(message, sizeof *icmp);
  if (!quoted) return std::nullopt;
  if (auto leak = if_inside(quoted->source, inside, "an ICMP error quotes")) return leak;
  return if_inside(quoted->destination, inside, "an ICMP error quotes");
}

Leak in_arp(Span packet, Ipv4Address cluster, const Ipv4Prefix& inside) {
  const auto arp = read<net::ArpPacket>(packet);
  if (!arp) return "half an ARP packet";
  const Ipv4Address sender(arp->sender);
  if (sender != cluster && sender != Ipv4Address()) return "ARP from " + test::to_string(sender);
  return if_inside(arp->target, inside, "ARP concerns");
}

Leak in_ipv4(Span datagram, Ipv4Address cluster, const Ipv4Prefix& inside) {
  const auto ip = read<net::Ipv4Header>(datagram);
  if (!ip) return "half an IP header";
  const Ipv4Address source(ip->source);
  if (source != cluster) return "it comes from " + test::to_string(source);
  if (auto leak = if_inside(ip->destination, inside, "it goes to")) return leak;
  const std::size_t header = ip->header_length();
  const Span options = behind(datagram.first(std::min(header, datagram.size())), sizeof *ip);
  if (auto leak = in_options(options, inside)) return leak;
  const bool first = (ip->flags_and_offset.host() & net::kFragmentOffsetMask) == 0;
  const bool icmp = ip->protocol == static_cast<std::uint8_t>(Protocol::icmp);
  return first && icmp ? in_icmp(behind(datagram, header), inside) : std::nullopt;
}

}  // namespace

Leak leak_in(Span frame, Ipv4Address cluster, const Ipv4Prefix& inside) {
  const auto ethernet = read<net::EthernetHeader>(frame);
  if (!ethernet) return "half an Ethernet header";
  const Span carried = behind(frame, sizeof *ethernet);
  if (ethernet->type == net::kEtherTypeArp) return in_arp(carried, cluster, inside);
  if (ethernet->type == net::kEtherTypeIpv4) return in_ipv4(carried, cluster, inside);
  return "it is neither IPv4 nor ARP";
}

}  // namespace encluster::fuzz
