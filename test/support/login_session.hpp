// A remote's session with a login service, as both ends' segments.
#pragma once

#include "support/gateway.hpp"

namespace encluster::test {

/// Builds the segments of one connection: from the remote to the cluster, and from the node that
/// was chosen for it to the remote.
class LoginSession {
 public:
  /// Not opened yet.
  explicit LoginSession(std::uint16_t remote_port = 1023, std::uint16_t service = 513)
      : remote_port_(remote_port), service_(service) {}
  /// Opened by a whole handshake.
  explicit LoginSession(Gateway& gateway, std::uint16_t remote_port = 1023,
                        std::uint16_t service = 513)
      : LoginSession(remote_port, service) {
    open(gateway);
  }

  [[nodiscard]] PacketBuilder from_remote() const {
    return tcp().from(kRemote, remote_port_).to(kCluster, service_);
  }
  [[nodiscard]] PacketBuilder from_node() const {
    return tcp().from(address_, service_).to(kRemote, remote_port_);
  }

  /// SYN, SYN-ACK, ACK. Returns what became of the SYN.
  Outcome open(Gateway& gateway) {
    Outcome opened = gateway.from_remote(from_remote().syn());
    node_ = opened.packet.node;
    address_ = gateway.snapshot().nodes[node_.value()].address;
    answer(gateway, from_node().syn().ack(1));
    gateway.from_remote(from_remote().seq(1).ack(1));
    return opened;
  }
  /// FIN from either end, each acknowledged.
  void close(Gateway& gateway) {
    gateway.from_remote(from_remote().fin().ack());
    answer(gateway, from_node().fin().ack());
    gateway.from_remote(from_remote().ack());
  }
  /// A segment of the node's, which may be the gateway itself.
  Outcome answer(Gateway& gateway, PacketBuilder segment) {
    if (!node_.is_gateway()) return gateway.from_node(segment);
    return gateway.from_kernel(segment.from(kCluster, service_));
  }
  [[nodiscard]] NodeId node() const { return node_; }
  [[nodiscard]] Ipv4Address address() const { return address_; }

 private:
  std::uint16_t remote_port_;
  std::uint16_t service_;
  NodeId node_;
  Ipv4Address address_ = kAlpha;
};

}  // namespace encluster::test
