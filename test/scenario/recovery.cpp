// A gateway that has just started: what it does not know is not refused, and nodes give back what
// they have (docs/decisions/0012).
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "support/gateway.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;
using switching::ReportPage;
namespace flag = switching::connection_flag;

namespace {

/// What nodes know, and a gateway that was restarted does not.
class Restarted {
 public:
  Restarted() { set(true); }
  void recovered() { set(false); }

  switching::CommandDone report(NodeId node, std::vector<switching::ReportedConnection> all) {
    page_->node = node;
    page_->count = 0;
    for (const auto& connection : all) page_->connections[page_->count++] = connection;
    return gateway.execute({0, switching::RestoreConnections{page_.get()}});
  }
  [[nodiscard]] const ReportPage& page() const { return *page_; }

  Gateway gateway;

 private:
  void set(bool recovering) {
    gateway.change([=](switching::ClusterState& state) { state.recovering = recovering; });
  }
  std::unique_ptr<ReportPage> page_ = std::make_unique<ReportPage>();
};

switching::ReportedConnection connection(std::uint16_t remote_port, std::uint16_t cluster_port,
                                         std::uint16_t node_port = 0,
                                         std::uint8_t flags = flag::answered,
                                         Ipv4Address remote = kRemote) {
  switching::ReportedConnection reported;
  reported.key.remote = remote;
  reported.key.remote_port = PortNumber(remote_port);
  reported.key.cluster_port = PortNumber(cluster_port);
  reported.node_port = PortNumber(node_port == 0 ? cluster_port : node_port);
  reported.flags = flags;
  return reported;
}

PacketBuilder login() { return tcp().from(kRemote, 1023).to(kCluster, 513); }

void check_waits(const Outcome& outcome) {
  CHECK(outcome.verdict == Verdict::drop);
  CHECK(outcome.reason == DropReason::recovering);
}

}  // namespace

TEST_CASE("while the gateway recovers, segments without a connection are dropped silently") {
  Restarted test;
  check_waits(test.gateway.from_remote(login().ack().payload("ls")));
  check_waits(test.gateway.from_remote(login().fin().ack()));
  check_waits(test.gateway.from_remote(login().rst()));
  check_waits(test.gateway.from_remote(tcp().from(kRemote, 514).to(kCluster, 1020).ack()));
  check_waits(test.gateway.from_node(tcp().from(kAlpha, 513).to(kRemote, 1023).ack()));
  check_waits(test.gateway.from_node(tcp().from(kAlpha, 1020).to(kRemote, 514).ack()));
  CHECK(test.gateway.counters().resets_sent.value() == 0);
}

TEST_CASE("while the gateway recovers, new sessions and new claims wait") {
  Restarted test;
  check_waits(test.gateway.from_remote(login().syn()));
  check_waits(test.gateway.from_node(tcp().from(kAlpha, 1020).to(kRemote, 514).syn()));
  check_waits(test.gateway.from_remote(tcp().from(kRemote, 2000).to(kCluster, 1020).syn()));
  CHECK(test.gateway.connections().empty());
  test.recovered();
  CHECK(test.gateway.from_remote(login().syn()).verdict == Verdict::forward);
  CHECK(test.gateway.from_node(tcp().from(kAlpha, 1020).to(kRemote, 514).syn()).verdict ==
        Verdict::forward);
}

TEST_CASE("while the gateway recovers, a simulation says so") {
  Restarted test;
  check_waits(test.gateway.simulate(login().syn(), Origin::network));
}

TEST_CASE("while the gateway recovers, what needs no connection passes") {
  Restarted test;
  Gateway& gateway = test.gateway;
  CHECK(gateway.from_remote(tcp().from(kRemote, 80).to(kCluster, kBetaSlice).ack()).packet.node ==
        NodeId(2));
  CHECK(gateway.from_node(tcp().from(kBeta, kBetaSlice).to(kRemote, 80).syn()).verdict ==
        Verdict::forward);
  CHECK(gateway.from_remote(tcp().from(kRemote, 2000).to(kCluster, 5432).syn()).packet.node ==
        NodeId(2));
  CHECK(gateway.from_remote(udp().from(kRemote, 2000).to(kCluster, 123)).verdict == Verdict::local);
  CHECK(gateway.from_node(udp().from(kAlpha, 123).to(kRemote, 123)).verdict == Verdict::forward);
}

TEST_CASE("what a node reports is its own again, in both directions") {
  Restarted test;
  CHECK(test.report(NodeId(3), {connection(1023, 513), connection(514, 1020)}).count == 2);
  CHECK(test.gateway.from_remote(login().ack()).packet.node == NodeId(3));
  CHECK(test.gateway.from_remote(tcp().from(kRemote, 514).to(kCluster, 1020).ack()).packet.node ==
        NodeId(3));
  CHECK(test.gateway.from_node(tcp().from(kGamma, 513).to(kRemote, 1023).ack()).verdict ==
        Verdict::forward);
  check_waits(test.gateway.from_node(tcp().from(kAlpha, 513).to(kRemote, 1023).ack()));
  test.recovered();
  CHECK(test.gateway.from_node(tcp().from(kAlpha, 513).to(kRemote, 1023).ack()).reason ==
        DropReason::not_owner);
}

TEST_CASE("a reported session counts for its service, one of a leased or dynamic port needs none") {
  Restarted test;
  test.gateway.change([](switching::ClusterState& state) {
    state.leases.push_back({Protocol::tcp, PortNumber(700), NodeId(1)});
  });
  const auto done = test.report(NodeId(1), {connection(1023, 513), connection(1023, 700),
                                            connection(80, kAlphaSlice), connection(1023, 5432)});
  CHECK(done.count == 1);
  REQUIRE(test.gateway.connections().size() == 1);
  CHECK(test.gateway.connections()[0].service != kNoService);
}

TEST_CASE("a connection that was renumbered is reported with both ports") {
  Restarted test;
  test.report(NodeId(1), {connection(514, 1019, 1023)});
  CHECK(test.gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 514).ack()).text ==
        "192.0.2.1:1019 > 192.0.2.101:514 TCP A seq 0 ack 0");
  CHECK(test.gateway.from_remote(tcp().from(kRemote, 514).to(kCluster, 1019).ack()).text ==
        "192.0.2.101:514 > 10.77.0.11:1023 TCP A seq 0 ack 0");
}

TEST_CASE("a node learns of each of its connections that is shown under another port") {
  Gateway gateway;
  gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 514).syn());
  CHECK(gateway.events().empty());
  gateway.from_node(tcp().from(kBeta, 1023).to(kRemote, 514).syn());
  REQUIRE(gateway.events().size() == 1);
  const auto& told = std::get<switching::ConnectionRenumbered>(gateway.events()[0]);
  CHECK(told.node == NodeId(2));
  CHECK(told.node_port == PortNumber(1023));
  CHECK(told.key.remote == kRemote);
  CHECK(told.key.cluster_port == PortNumber(1022));
}

TEST_CASE("connections that are shown under another port can be listed apart") {
  Gateway gateway;
  gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 514).syn());
  gateway.from_node(tcp().from(kBeta, 1023).to(kRemote, 514).syn());
  gateway.from_node(udp().from(kAlpha, 123).to(kRemote, 123));
  const auto listed = gateway.connections(true);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].node == 2);
  CHECK(listed[0].cluster_port == 1022);
  CHECK(listed[0].other_port == 1023);
}

TEST_CASE("a reported connection that another node has stays that node's") {
  Restarted test;
  test.report(NodeId(1), {connection(1023, 513)});
  CHECK(test.report(NodeId(2), {connection(1023, 513)}).count == 0);
  CHECK(test.page().conflicts == 1);
  CHECK(test.gateway.from_remote(login().ack()).packet.node == NodeId(1));
}

TEST_CASE("a reported connection takes the place of one that is over") {
  Restarted test;
  test.report(NodeId(1),
              {connection(1023, 513, 0, flag::answered | flag::fin_node | flag::fin_remote)});
  CHECK(test.report(NodeId(2), {connection(1023, 513)}).count == 1);
  CHECK(test.page().conflicts == 0);
  CHECK(test.gateway.from_remote(login().ack()).packet.node == NodeId(2));
}

TEST_CASE("a report of what the table knows changes nothing") {
  Restarted test;
  test.report(NodeId(1), {connection(1023, 513)});
  test.gateway.from_remote(login().fin());
  const auto before = test.gateway.connections();
  CHECK(test.report(NodeId(1), {connection(1023, 513)}).count == 1);
  const auto after = test.gateway.connections();
  REQUIRE(after.size() == 1);
  CHECK(after[0].flags == before[0].flags);
  CHECK(after[0].deadline == before[0].deadline);
}

TEST_CASE("reported connections live as long as others in their state") {
  Restarted test;
  constexpr std::uint8_t kOver = flag::answered | flag::fin_node | flag::fin_remote;
  test.report(NodeId(1), {connection(1001, 513), connection(1002, 513, 0, 0),
                          connection(1003, 513, 0, kOver)});
  test.recovered();
  test.gateway.pass(switching::kEmbryonicLife + 6);
  CHECK(test.gateway.connections().size() == 2);
  test.gateway.pass(switching::kLingerLife - switching::kEmbryonicLife);
  REQUIRE(test.gateway.connections().size() == 1);
  CHECK(test.gateway.connections()[0].remote_port == 1001);
}

TEST_CASE("connections between nodes, or with the gateway, are none of the gateway's") {
  Restarted test;
  CHECK(test.report(NodeId(1), {connection(1023, 513, 0, flag::answered, kBeta)}).count == 0);
  CHECK(test.report(NodeId(1), {connection(1023, 513, 0, flag::answered, kInside)}).count == 0);
  CHECK(test.gateway.connections().empty());
}

TEST_CASE("a session from a node to the cluster is given back by both ends") {
  Restarted test;
  Gateway& gateway = test.gateway;
  check_waits(gateway.from_node(tcp().from(kAlpha, 1023).to(kCluster, 514).ack()));
  check_waits(gateway.from_node(tcp().from(kBeta, 514).to(kCluster, 1023).ack()));
  test.report(NodeId(1), {connection(514, 1023, 0, flag::answered, kCluster)});
  check_waits(gateway.from_node(tcp().from(kAlpha, 1023).to(kCluster, 514).ack()));
  test.report(NodeId(2), {connection(1023, 514, 0, flag::answered, kCluster)});
  CHECK(gateway.from_node(tcp().from(kAlpha, 1023).to(kCluster, 514).ack()).packet.node ==
        NodeId(2));
  CHECK(gateway.from_node(tcp().from(kBeta, 514).to(kCluster, 1023).ack()).packet.node ==
        NodeId(1));
}

TEST_CASE("handshakes that nodes report leave room for the nodes' own") {
  Restarted test;
  const std::uint32_t strangers = Gateway::small_limits().connections.strangers();
  std::uint32_t restored = 0;
  for (std::uint16_t port = 1; restored < strangers; ++port) {
    REQUIRE(test.report(NodeId(1), {connection(port, 513, 0, 0)}).count == 1);
    ++restored;
  }
  CHECK(test.report(NodeId(1), {connection(60000, 513, 0, 0)}).count == 0);
  CHECK(test.page().refused == 1);
  CHECK(test.report(NodeId(1), {connection(514, 1020, 0, flag::opened_by_node)}).count == 1);
}

TEST_CASE("a report of a node that the cluster does not have is refused") {
  Restarted test;
  CHECK(test.report(NodeId(9), {connection(1023, 513), connection(1024, 513)}).count == 0);
  CHECK(test.page().refused == 2);
}

TEST_CASE("an agent that does not know of a renumbering changes nothing") {
  Restarted test;
  test.report(NodeId(1), {connection(514, 1023)});
  test.report(NodeId(2), {connection(514, 1022, 1023)});
  test.recovered();
  test.gateway.execute({0, switching::RemoveConnection{connection(514, 1023).key}});
  CHECK(test.report(NodeId(2), {connection(514, 1023)}).count == 1);
  CHECK(test.gateway.from_node(tcp().from(kBeta, 1023).to(kRemote, 514).ack()).text ==
        "192.0.2.1:1022 > 192.0.2.101:514 TCP A seq 0 ack 0");
}

TEST_CASE("a node learns again of a renumbered connection that starts over") {
  Gateway gateway;
  const auto beta = [] { return tcp().from(kBeta, 1023).to(kRemote, 514); };
  gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 514).syn());
  gateway.from_node(beta().syn());
  gateway.from_node(beta().rst());
  const std::size_t before = gateway.events().size();
  gateway.from_node(beta().syn());
  REQUIRE(gateway.events().size() == before + 1);
  CHECK(std::get<switching::ConnectionRenumbered>(gateway.events().back()).key.cluster_port ==
        PortNumber(1022));
}
