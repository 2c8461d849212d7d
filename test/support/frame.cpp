#include "support/frame.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "net/parse.hpp"
#include "support/packet_inspect.hpp"

namespace encluster::test {

bool operator==(const Frame& a, const Frame& b) noexcept {
  return std::ranges::equal(a.bytes(), b.bytes());
}

Packet as_packet(Frame& frame, Origin origin, NetworkIndex network) {
  Packet packet;
  packet.frame = frame.data();
  packet.handle = &frame;
  packet.length = static_cast<std::uint16_t>(frame.size());
  packet.capacity = static_cast<std::uint16_t>(frame.capacity());
  packet.origin = origin;
  packet.network = network;
  return packet;
}

Packet parsed(Frame& frame, Origin origin, NetworkIndex network) {
  Packet packet = as_packet(frame, origin, network);
  if (net::parse(packet) != net::FrameKind::message) {
    throw std::invalid_argument("no message: " + describe(frame.bytes()) + ": " +
                                std::string(name_of(packet.reason)));
  }
  return packet;
}

}  // namespace encluster::test
