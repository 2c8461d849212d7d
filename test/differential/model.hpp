// The reference model: what docs/datapath.md says, as plainly as possible. One packet at a time,
// ordered maps, every rule written where the page has it. What it does not know yet (fragments,
// ICMP errors, routing functions other than login, bounds of the tables) the traffic does not
// contain.
//
//   inbound.cpp      from remotes: admit, route, deliver
//   outbound.cpp     from nodes and the gateway's kernel: admit, claim, announce, deliver; hairpin
//   connections.cpp  the life of a connection
//   second_connections.cpp  what rsh and rexec announce
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "differential/message.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::model {

/// What should become of a packet.
struct Expected {
  Verdict verdict = Verdict::drop;
  DropReason reason = DropReason::none;
  Egress egress = 0;
  Bytes frame;                 ///< of forward, answer, local and hold: as it leaves or waits
  bool checksum_right = true;  ///< otherwise only that it stays wrong can be said
  bool identified = false;     ///< the gateway chose the identification, any it likes
};

/// Whose a port towards a remote is: a TCP connection, a learnt UDP port or an echo identifier.
struct Connection {
  NodeId node;
  std::uint16_t node_port = 0;
  bool scheduled = false;  ///< class D
  /// A later connection has the same end at the node, so that the node's packets are that one's.
  /// No TCP brings this about, forged packets do.
  bool shadowed = false;
  bool answered = false, fin_remote = false, fin_node = false;
  bool reset = false, reset_by_node = false, opened_by_node = false, probed = false;
  Seconds deadline = 0;

  [[nodiscard]] bool over() const {
    return (!answered && reset) || (fin_remote && fin_node) || reset_by_node;
  }
};

/// Of an echo the port at the remote is zero, and the cluster's is the identifier.
struct Key {
  std::uint8_t protocol = 0;
  Ipv4Address remote;
  std::uint16_t remote_port = 0;
  std::uint16_t cluster_port = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// A node's connection to a remote's rshd or rexecd.
struct Session {
  Ipv4Address remote;
  std::uint16_t service = 0;
  std::uint16_t cluster_port = 0;
  NodeId node;
  friend auto operator<=>(const Session&, const Session&) = default;
};
struct Announcement {
  std::uint32_t initial_sequence = 0;
  bool settled = false;  ///< the port was announced
  bool awaited = false;  ///< and the second connection has not come yet
  std::uint16_t announced = 0;
  std::uint16_t shown = 0;
  Seconds deadline = 0;
};

class Model {
 public:
  explicit Model(switching::ClusterState state) : state_(std::move(state)) {}

  Expected from_network(const Bytes& frame, NetworkIndex network);
  Expected from_node(const Bytes& frame);
  Expected from_kernel(const Bytes& frame, NetworkIndex network);

  /// The cluster changed. Schedulers start over when nodes came or went.
  void change(switching::ClusterState state);

  /// Time passes; what the gateway sends meanwhile comes back, in no order. Records are looked at
  /// when at least four seconds have gone by since their deadline. @pre seconds is above 4.
  std::vector<Bytes> pass(Seconds seconds);

  [[nodiscard]] Seconds now() const { return now_; }
  [[nodiscard]] const std::map<Key, Connection>& connections() const { return connections_; }
  [[nodiscard]] std::size_t sessions() const { return announcements_.size(); }

 private:
  using Found = std::map<Key, Connection>::value_type;

  // The cluster, as the page calls its parts.
  [[nodiscard]] const switching::NodeState* node(NodeId id) const;
  [[nodiscard]] const switching::NodeState* node_at(Ipv4Address address) const;
  [[nodiscard]] bool present(NodeId id) const { return id == kGateway || node(id) != nullptr; }
  [[nodiscard]] std::optional<NetworkIndex> network_of_cluster_address(Ipv4Address address) const;
  [[nodiscard]] bool inside(Ipv4Address address) const;
  [[nodiscard]] const ServiceConfig* service(NetworkIndex network, std::uint8_t protocol,
                                             std::uint16_t port) const;
  [[nodiscard]] std::optional<NodeId> slice_owner(std::uint16_t port) const;
  [[nodiscard]] const switching::Route* route_to(Ipv4Address remote) const;
  [[nodiscard]] std::optional<MacAddress> mac_of(Egress egress, Ipv4Address next_hop) const;

  // Inbound.
  std::optional<Expected> admit_from_network(const Message& message, NetworkIndex network) const;
  Expected admit_arp_from_network(const Message& message, NetworkIndex network) const;
  Expected route_and_deliver(Message message, NetworkIndex network, bool from_node);
  Expected route_login(Message message, NetworkIndex network, const ServiceConfig& service,
                       bool from_node);
  std::optional<NodeId> schedule(const ServiceConfig& service, bool from_node);
  Expected deliver_to_node(Message message, NodeId to, std::uint16_t port);

  // Outbound.
  Expected leave(Message message, NodeId sender, NetworkIndex network, bool by_kernel,
                 Ipv4Address next_hop);
  Expected hairpin(Message message, NodeId sender, NetworkIndex network);
  [[nodiscard]] bool for_local_stack(const Message& message, NodeId sender, NetworkIndex network);
  Expected refuse(const Message& message, DropReason reason, bool by_kernel) const;
  Expected send(Message message, Egress egress, Ipv4Address next_hop);

  /// Claim: the port by which the outside sees the message, or why it does not.
  struct Claimed {
    std::uint16_t port = 0;
    DropReason refused = DropReason::none;
    bool told = false;  ///< refused by an answer, not silently
  };
  Claimed claim(const Message& message, NodeId sender, NetworkIndex network);
  Claimed claim_tcp(const Message& message, NodeId sender, NetworkIndex network);
  Claimed claim_udp(const Message& message, NodeId sender);
  Claimed claim_echo(const Message& message, NodeId sender);
  bool try_claim(const Message& message, NodeId sender, std::uint16_t port);
  [[nodiscard]] Found* own(const Message& message, NodeId sender);

  // Second connections.
  /// May rewrite the digits; false if no port is left.
  bool announce(Message& message, NodeId sender, NetworkIndex network, std::uint16_t shown);
  [[nodiscard]] std::optional<std::uint16_t> settle(const Message& message, NodeId sender,
                                                    NetworkIndex network,
                                                    std::uint16_t announced) const;
  [[nodiscard]] bool routed_otherwise(std::uint16_t port, NodeId sender,
                                      NetworkIndex network) const;
  using Awaited = std::map<Session, Announcement>::value_type;
  [[nodiscard]] const Awaited* awaited(Ipv4Address remote, std::uint16_t port) const;
  void fulfil(Ipv4Address remote, std::uint16_t port);

  // The life of a connection.
  void note(const Key& key, Connection& connection, const Message& message, bool by_node) const;
  /// Enters a new connection.
  void open(const Key& key, Connection connection);
  void restart(Connection& connection, bool by_node) const;
  std::optional<Bytes> ask(const Key& key, const Connection& connection) const;

  switching::ClusterState state_;
  std::map<Key, Connection> connections_;
  std::map<Session, Announcement> announcements_;
  std::map<std::string, std::size_t> turns_;            ///< round robin, by service
  std::map<std::pair<Egress, Ipv4Address>, int> held_;  ///< packets that wait, by next hop
  Seconds now_ = 1008;
};

}  // namespace encluster::model
