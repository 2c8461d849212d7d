#include "control/agent_view.hpp"

#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

using agent_protocol::ClusterAddress;
using agent_protocol::LeasedPort;
using agent_protocol::PortRange;

const std::string kServices = R"(
ports: {slice: 1024}
services:
  - {name: a, port: 513/tcp, node: alpha}
  - {name: b, port: 18000/udp, node: alpha}
  - {name: c, port: 18000/tcp, node: alpha}
  - {name: d, port: 17408/tcp, node: beta}
  - {name: e, port: 18431/tcp, node: beta}
  - {name: f, port: 18432/tcp, node: beta}
agents: {listen: 10.77.0.1:7077, token_file: t}
)";

PortNumber port(std::uint16_t number) { return PortNumber(number); }

}  // namespace

TEST_CASE("an agent is told its node's slice and the services' ports inside") {
  const AgentView view = agent_view(parse(kSmall + kServices));
  const auto& settings = view.nodes.at(NodeId(1)).settings;
  CHECK(settings.slice == PortRange{port(17408), port(18431)});
  CHECK(settings.reserved == std::vector<PortNumber>{port(17408), port(18000), port(18431)});
  CHECK(settings.networks == std::vector<ClusterAddress>{{"campus", Ipv4Address(192, 0, 2, 1)}});
}

TEST_CASE("what is in a slice, a service's or the agents' listener is not leasable") {
  const AgentView view = agent_view(parse(kSmall + kServices));
  const auto leasable = [&](Protocol protocol, std::uint16_t number) {
    return view.leasable(LeasedPort{protocol, port(number)});
  };
  CHECK(leasable(Protocol::udp, 1));
  CHECK(leasable(Protocol::udp, 16383));
  CHECK(leasable(Protocol::udp, 19456));
  CHECK(leasable(Protocol::udp, 513));
  CHECK(leasable(Protocol::udp, 7077));
  CHECK(leasable(Protocol::udp, 65535));
  CHECK_FALSE(leasable(Protocol::udp, 0));
  CHECK_FALSE(leasable(Protocol::udp, 16384));
  CHECK_FALSE(leasable(Protocol::udp, 19455));
  CHECK_FALSE(leasable(Protocol::tcp, 513));
  CHECK_FALSE(leasable(Protocol::tcp, 7077));
}

TEST_CASE("slices of identifiers without a node are not leasable either") {
  const AgentView view = agent_view(parse(changed("id: 2", "id: 9") + "ports: {slice: 1024}\n"));
  CHECK_FALSE(view.leasable({Protocol::udp, port(16384 + 5 * 1024)}));
  CHECK(view.leasable({Protocol::udp, port(16384 + 10 * 1024)}));
}

TEST_CASE("nodes may offer services where the configuration allows it, and nowhere else") {
  const AgentView view = agent_view(parse(kSmall + R"(agents:
  listen: 10.77.0.1:7077
  token_file: t
  allow: [{node: beta, ports: [8443/tcp, 2000-2100/udp]}]
)"));
  CHECK(view.allows(NodeId(2), {Protocol::tcp, port(8443)}));
  CHECK(view.allows(NodeId(2), {Protocol::udp, port(2000)}));
  CHECK(view.allows(NodeId(2), {Protocol::udp, port(2100)}));
  CHECK_FALSE(view.allows(NodeId(2), {Protocol::udp, port(8443)}));
  CHECK_FALSE(view.allows(NodeId(2), {Protocol::udp, port(2101)}));
  CHECK_FALSE(view.allows(NodeId(1), {Protocol::tcp, port(8443)}));
  CHECK_FALSE(view.allows(NodeId(9), {Protocol::tcp, port(8443)}));
}

TEST_CASE("agents are known by their nodes' addresses") {
  const AgentView view = agent_view(parse(kSmall));
  CHECK(view.node_at(Ipv4Address(10, 77, 0, 12)) == NodeId(2));
  CHECK(view.node_at(Ipv4Address(10, 77, 0, 1)) == std::nullopt);
  CHECK(view.name_of(NodeId(2)) == "beta");
  CHECK(view.name_of(NodeId(3)) == "3");
}

}  // namespace encluster::control
