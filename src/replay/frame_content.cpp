#include "replay/frame_content.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "frame_text/frame_view.hpp"

namespace encluster::replay {

using frame_text::facts_of;
using frame_text::FrameFacts;
using frame_text::FrameView;

namespace {

/// Collects pieces of a frame.
class Content {
 public:
  explicit Content(const Packet& packet) : packet_(packet) {}

  void take(std::size_t first, std::size_t last) {
    const auto* bytes = reinterpret_cast<const char*>(packet_.frame);
    text_.append(bytes + first, bytes + std::max(first, last));
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  const Packet& packet_;
  std::string text_;
};

/// A transport header without ports, identifier and checksum, and what follows it.
void take_message(Content& content, const Packet& packet) {
  const std::size_t l4 = packet.l4;
  switch (packet.protocol) {
    case Protocol::tcp:
      content.take(l4 + 4, l4 + offsetof(net::TcpHeader, checksum));
      content.take(l4 + offsetof(net::TcpHeader, urgent), packet.end);
      break;
    case Protocol::udp:
      content.take(l4 + offsetof(net::UdpHeader, length), l4 + offsetof(net::UdpHeader, checksum));
      content.take(l4 + sizeof(net::UdpHeader), packet.end);
      break;
    case Protocol::icmp: {
      content.take(l4, l4 + offsetof(net::IcmpHeader, checksum));
      const bool echo = packet.header_at<net::IcmpHeader>(packet.l4).is_echo();
      content.take(
          l4 + (echo ? offsetof(net::IcmpHeader, sequence) : offsetof(net::IcmpHeader, identifier)),
          packet.end);
      break;
    }
  }
}

}  // namespace

std::string content_of(std::span<const std::byte> frame) {
  const FrameView view(frame);
  Content content(view.packet);
  if (!view.is_ip()) {
    content.take(std::min<std::size_t>(2 * sizeof(MacAddress), frame.size()), frame.size());
    return std::move(content).text();
  }
  const std::size_t l3 = view.packet.l3;
  content.take(l3, l3 + offsetof(net::Ipv4Header, identification));
  content.take(l3 + offsetof(net::Ipv4Header, flags_and_offset),
               l3 + offsetof(net::Ipv4Header, time_to_live));
  content.take(l3 + offsetof(net::Ipv4Header, protocol), l3 + offsetof(net::Ipv4Header, checksum));
  content.take(l3 + sizeof(net::Ipv4Header), view.packet.l4);
  if (view.kind == net::FrameKind::message || view.kind == net::FrameKind::first_fragment) {
    take_message(content, view.packet);
  } else {
    content.take(view.packet.l4, view.packet.end);
  }
  return std::move(content).text();
}

std::string ends_of(std::span<const std::byte> frame) {
  const FrameFacts facts = facts_of(frame);
  const FrameView view(frame);
  std::string ends = facts.source + " > " + facts.destination;
  if (view.kind == net::FrameKind::message && view.packet.protocol == Protocol::icmp) {
    ends += " id " + std::to_string(view.packet.source_port.value());
  }
  return ends;
}

}  // namespace encluster::replay
