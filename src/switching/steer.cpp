#include "switching/steer.hpp"

#include <algorithm>

#include "net/headers.hpp"
#include "switching/remote_hash.hpp"

namespace encluster::switching {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kVlanTag = 4;  ///< bytes: the tag, and the type that follows it

/// The header that the bytes begin with; null if they end within it.
template <typename Header>
const Header* first_header(Bytes bytes) noexcept {
  return bytes.size() < sizeof(Header) ? nullptr : reinterpret_cast<const Header*>(bytes.data());
}

/// What follows the Ethernet header; empty if that is not IPv4.
Bytes ipv4_datagram(Bytes frame) noexcept {
  const auto* ethernet = first_header<net::EthernetHeader>(frame);
  if (ethernet == nullptr) return {};
  Be16 type = ethernet->type;
  Bytes rest = frame.subspan(sizeof *ethernet);
  if (type == net::kEtherTypeVlan || type == net::kEtherTypeServiceVlan) {
    if (rest.size() < kVlanTag) return {};
    type = *first_header<Be16>(rest.subspan(kVlanTag - sizeof(Be16)));
    rest = rest.subspan(kVlanTag);
  }
  return type == net::kEtherTypeIpv4 ? rest : Bytes{};
}

/// The IPv4 header, options included, that the bytes begin with; null if there is none.
const net::Ipv4Header* ipv4_header(Bytes bytes) noexcept {
  const auto* ip = first_header<net::Ipv4Header>(bytes);
  const bool valid = ip != nullptr && ip->version_and_length >> 4 == 4 &&
                     ip->header_length() >= sizeof *ip && ip->header_length() <= bytes.size();
  return valid ? ip : nullptr;
}

bool is_whole_icmp(const net::Ipv4Header& ip) noexcept {
  constexpr std::uint16_t kFragment = net::kMoreFragments | net::kFragmentOffsetMask;
  return ip.protocol == static_cast<std::uint8_t>(Protocol::icmp) &&
         (ip.flags_and_offset.host() & kFragment) == 0;
}

/// What an ICMP message is to the steering.
enum class Kind : std::uint8_t { plain, error, redirect };

Kind kind_of(const net::IcmpHeader& icmp) noexcept {
  switch (icmp.type) {
    case net::icmp_type::unreachable:
    case net::icmp_type::source_quench:
    case net::icmp_type::time_exceeded:
    case net::icmp_type::parameter_problem:
      return Kind::error;
    case net::icmp_type::redirect:
      return Kind::redirect;
    default:
      return Kind::plain;
  }
}

}  // namespace

std::optional<Ipv4Address> remote_of(Bytes frame, Origin origin) noexcept {
  if (origin == Origin::local_interconnect) return std::nullopt;
  const Bytes datagram = ipv4_datagram(frame);
  const net::Ipv4Header* ip = ipv4_header(datagram);
  if (ip == nullptr) return std::nullopt;
  const bool inbound = origin == Origin::network;
  const Ipv4Address outer(inbound ? ip->source : ip->destination);
  if (!is_whole_icmp(*ip)) return outer;
  // Ethernet pads short frames: a quote does not reach into the padding.
  const std::size_t end = std::min<std::size_t>(datagram.size(), ip->total_length.host());
  if (end < ip->header_length()) return outer;
  const Bytes message = datagram.first(end).subspan(ip->header_length());
  const auto* icmp = first_header<net::IcmpHeader>(message);
  if (icmp == nullptr) return outer;
  const Kind kind = kind_of(*icmp);
  if (kind == Kind::plain) return outer;
  if (kind == Kind::redirect) return std::nullopt;
  const net::Ipv4Header* quoted = ipv4_header(message.subspan(sizeof *icmp));
  if (quoted == nullptr) return outer;
  return Ipv4Address(inbound ? quoted->destination : quoted->source);
}

WorkerId steer(Bytes frame, Origin origin, std::size_t workers) noexcept {
  const std::optional<Ipv4Address> remote = remote_of(frame, origin);
  return remote.has_value() ? shard_of(*remote, workers) : WorkerId{0};
}

}  // namespace encluster::switching
