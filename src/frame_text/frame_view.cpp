#include "frame_text/frame_view.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "control/configuration_format.hpp"

namespace encluster::frame_text {

namespace {

std::string flags_of(std::uint8_t flags) {
  constexpr std::array<std::pair<std::uint8_t, char>, 5> kLetters{{{tcp_flag::syn, 'S'},
                                                                   {tcp_flag::fin, 'F'},
                                                                   {tcp_flag::rst, 'R'},
                                                                   {tcp_flag::psh, 'P'},
                                                                   {tcp_flag::ack, 'A'}}};
  std::string text;
  for (const auto& [flag, letter] : kLetters) {
    if ((flags & flag) != 0) text += letter;
  }
  return text;
}

std::string name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "TCP";
    case Protocol::udp:
      return "UDP";
    case Protocol::icmp:
      return "ICMP";
  }
  return "?";
}

std::string detail_of_icmp(const Packet& packet) {
  const auto& icmp = packet.header_at<net::IcmpHeader>(packet.l4);
  if (!icmp.is_echo()) return fmt::format("type {} code {}", icmp.type, icmp.code);
  return fmt::format("echo {} id {} seq {}",
                     icmp.type == net::icmp_type::echo_request ? "request" : "reply",
                     icmp.identifier.host(), icmp.sequence.host());
}

FrameFacts facts_of_message(const Packet& packet) {
  FrameFacts facts;
  facts.source = control::to_text(packet.source);
  facts.destination = control::to_text(packet.destination);
  facts.protocol = name_of(packet.protocol);
  if (packet.protocol == Protocol::icmp) {
    facts.detail = detail_of_icmp(packet);
    return facts;
  }
  facts.source += fmt::format(":{}", packet.source_port.value());
  facts.destination += fmt::format(":{}", packet.destination_port.value());
  if (packet.protocol == Protocol::tcp) facts.detail = flags_of(packet.tcp_flags);
  if (packet.end > packet.payload) {
    facts.detail +=
        fmt::format("{}len {}", facts.detail.empty() ? "" : " ", packet.end - packet.payload);
  }
  return facts;
}

FrameFacts facts_of_arp(const net::ArpPacket& arp) {
  return {control::to_text(Ipv4Address(arp.sender)), control::to_text(Ipv4Address(arp.target)),
          "ARP", arp.operation == net::kArpRequest ? "request" : "reply"};
}

}  // namespace

// The parser only reads, but a Packet is made to be written.
FrameView::FrameView(std::span<const std::byte> bytes) {
  packet.frame = const_cast<std::byte*>(bytes.data());
  packet.length = static_cast<std::uint16_t>(bytes.size());
  packet.capacity = packet.length;
  kind = net::parse(packet);
}

std::string to_text(const MacAddress& mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3],
                     mac[4], mac[5]);
}

std::string FrameFacts::text() const {
  std::string text = source + " > " + destination + " " + protocol;
  return detail.empty() ? text : text + " " + detail;
}

FrameFacts facts_of(std::span<const std::byte> frame) {
  const FrameView view(frame);
  switch (view.kind) {
    case net::FrameKind::message:
      return facts_of_message(view.packet);
    case net::FrameKind::arp:
      return facts_of_arp(view.arp());
    case net::FrameKind::first_fragment: {
      FrameFacts facts = facts_of_message(view.packet);
      facts.detail += facts.detail.empty() ? "fragment" : " fragment";
      return facts;
    }
    case net::FrameKind::later_fragment:
    case net::FrameKind::other: {
      const auto& ip = view.packet.header_at<net::Ipv4Header>(view.packet.l3);
      return {control::to_text(view.packet.source), control::to_text(view.packet.destination),
              fmt::format("protocol {}", ip.protocol),
              view.kind == net::FrameKind::other ? "" : "fragment"};
    }
    case net::FrameKind::bad:
      break;
  }
  if (!view.is_ethernet()) return {"?", "?", "frame", fmt::format("of {} bytes", frame.size())};
  return {to_text(view.ethernet().source), to_text(view.ethernet().destination), "frame",
          fmt::format("of {} bytes", frame.size())};
}

}  // namespace encluster::frame_text
