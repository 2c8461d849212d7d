#include "messages.hpp"

namespace encluster::bench {

namespace {

constexpr PortNumber kHttps{std::uint16_t{443}};

std::uint32_t below(std::uint32_t bound, std::mt19937& random) {
  return static_cast<std::uint32_t>(random() % bound);
}

/// A port of a random node's slice.
struct SlicePort {
  NodeId node;
  PortNumber port;
};
SlicePort random_slice_port(const Gateway& gateway, std::mt19937& random) {
  const NodeId node(
      static_cast<std::uint16_t>(1 + below(gateway.population().scale.nodes, random)));
  const auto [first, last] = gateway.snapshot().slices.slice_of(node);
  const std::uint32_t size = last.value() - first.value() + 1u;
  return {node, PortNumber(static_cast<std::uint16_t>(first.value() + below(size, random)))};
}

/// Goes the other way on the same connection.
Message answer_to(const Message& message, Egress egress) {
  return {message.to_after, message.from_after, message.to, message.from, egress};
}

Message to_slice(const Gateway& gateway, std::mt19937& random) {
  const Scale& scale = gateway.population().scale;
  const Endpoint server{remote(below(scale.remotes, random)), kHttps};
  const auto [node, port] = random_slice_port(gateway, random);
  return {server, {kCluster, port}, server, {address_of(node), port}, kInterconnect};
}

Message from_slice(const Gateway& gateway, std::mt19937& random) {
  return answer_to(to_slice(gateway, random), 0);
}

Message to_login(const Gateway& gateway, std::mt19937& random) {
  const Scale& scale = gateway.population().scale;
  const std::uint32_t number = below(gateway.population().logins, random);
  const Endpoint client = login_client(number, scale);
  const Endpoint node{address_of(login_node(number, scale)), kLoginPort};
  return {client, {kCluster, kLoginPort}, client, node, kInterconnect};
}

Message from_login(const Gateway& gateway, std::mt19937& random) {
  return answer_to(to_login(gateway, random), 0);
}

Message to_random_claim(const Gateway& gateway, bool renumbered, std::mt19937& random) {
  const std::uint32_t pair = below(gateway.population().claims / 2, random);
  const auto [node, port, shown, server] = claim_of(2 * pair + (renumbered ? 1 : 0));
  return {server, {kCluster, shown}, server, {address_of(node), port}, kInterconnect};
}

Message to_claim(const Gateway& gateway, std::mt19937& random) {
  return to_random_claim(gateway, false, random);
}

Message from_claim(const Gateway& gateway, std::mt19937& random) {
  return answer_to(to_random_claim(gateway, false, random), 0);
}

Message from_renumbered_claim(const Gateway& gateway, std::mt19937& random) {
  return answer_to(to_random_claim(gateway, true, random), 0);
}

Message hairpin(const Gateway& gateway, std::mt19937& random) {
  const auto [client, port, server] = hairpin_of(below(gateway.population().hairpins, random));
  return {{address_of(client), port},
          {kCluster, kLoginPort},
          {kCluster, port},
          {address_of(server), kLoginPort},
          kInterconnect};
}

Message hairpin_answer(const Gateway& gateway, std::mt19937& random) {
  return answer_to(hairpin(gateway, random), kInterconnect);
}

/// From a client's privileged port, for a file or a directory of a random node.
Message to_server(const Gateway& gateway, PortNumber port, PortNumber port_after,
                  std::mt19937& random) {
  const Scale& scale = gateway.population().scale;
  const Endpoint client{remote(below(scale.remotes, random)),
                        PortNumber(static_cast<std::uint16_t>(512 + below(512, random)))};
  const NodeId node(static_cast<std::uint16_t>(1 + below(scale.nodes, random)));
  return {client, {kCluster, port}, client, {address_of(node), port_after}, kInterconnect};
}

Message to_nfs(const Gateway& gateway, std::mt19937& random) {
  return to_server(gateway, kNfsPort, kNfsPort, random);
}

Message from_nfs(const Gateway& gateway, std::mt19937& random) {
  return answer_to(to_nfs(gateway, random), 0);
}

Message to_mount(const Gateway& gateway, std::mt19937& random) {
  return to_server(gateway, kMountPort, kNodeMountPort, random);
}

}  // namespace

const MessageKind kInboundSlices{Origin::network, to_slice};
const MessageKind kOutboundSlices{Origin::interconnect, from_slice};
const MessageKind kInboundLogins{Origin::network, to_login};
const MessageKind kOutboundLogins{Origin::interconnect, from_login};
const MessageKind kInboundClaims{Origin::network, to_claim};
const MessageKind kOutboundClaims{Origin::interconnect, from_claim};
const MessageKind kOutboundRenumberedClaims{Origin::interconnect, from_renumbered_claim};
const MessageKind kInboundNfs{Origin::network, to_nfs};
const MessageKind kOutboundNfs{Origin::interconnect, from_nfs};
const MessageKind kInboundMounts{Origin::network, to_mount};
const MessageKind kHairpins{Origin::interconnect, hairpin};
const MessageKind kHairpinAnswers{Origin::interconnect, hairpin_answer};

}  // namespace encluster::bench
