// What the parser says about values that are right by themselves and wrong together.
#include "control/configuration_validation.hpp"

#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

std::string with_second_network(const std::string& network) {
  return changed("192.0.2.1/24}\n", "192.0.2.1/24}\n  - {" + network + "}\n");
}

std::string with_nodes(const std::string& first, const std::string& second) {
  const std::string nodes = kSmall.substr(kSmall.find("nodes:"));
  return changed(nodes, "nodes:\n  - {" + first + "}\n  - {" + second + "}\n");
}

}  // namespace

TEST_CASE("a cluster without networks is refused") {
  CHECK(problems_in(R"(cluster: {name: demo}
networks: []
interconnect: {device: "net_null1", address: 10.77.0.1/24}
)") == Problems{"2 networks"});
}

TEST_CASE("networks must differ in name, device and addresses") {
  CHECK(problems_in(with_second_network("name: lab, device: d, address: 198.51.100.1/24")).empty());
  CHECK(problems_in(with_second_network("name: campus, device: d, address: 198.51.100.1/24")) ==
        Problems{"4 networks[1].name"});
  CHECK(problems_in(with_second_network(
            "name: lab, device: 'net_null0,iface=x', address: 198.51.100.1/24")) ==
        Problems{"4 networks[1].device"});
  CHECK(problems_in(with_second_network("name: lab, device: d, address: 192.0.2.129/25")) ==
        Problems{"4 networks[1].address"});
  CHECK(problems_in(with_second_network("name: lab, device: d, address: 192.0.3.1/16")) ==
        Problems{"4 networks[1].address"});
}

TEST_CASE("one kernel interface is the device of one network, whatever the driver calls it") {
  std::string text = changed("net_null0", "net_af_packet0,iface=ext0");
  text.replace(text.find("net_null1"), 9, "net_af_packet1,iface=ext0,qpairs=1");
  CHECK(problems_in(text) == Problems{"3 networks[0].device"});
  text.replace(text.find("net_af_packet1"), 14, "net_af_packet0");
  CHECK(problems_in(text) == Problems{"3 networks[0].device"});
}

TEST_CASE("no network may be called as the interconnect's TAP is") {
  CHECK(problems_in(changed("campus", "inside")) == Problems{"3 networks[0].name"});
}

TEST_CASE("the interconnect shares neither addresses nor device with a network") {
  CHECK(problems_in(changed("192.0.2.1/24", "10.1.2.3/8")) == Problems{"3 networks[0].address"});
  CHECK(problems_in(changed("net_null0", "net_null1")) == Problems{"3 networks[0].device"});
}

TEST_CASE("a network's gateway is another host on it") {
  const auto with_gateway = [](const std::string& gateway) {
    return problems_in(changed("192.0.2.1/24}", "192.0.2.1/24, gateway: " + gateway + "}"));
  };
  CHECK(with_gateway("192.0.2.254").empty());
  CHECK(with_gateway("192.0.3.254") == Problems{"3 networks[0].gateway"});
  CHECK(with_gateway("192.0.2.255") == Problems{"3 networks[0].gateway"});
  CHECK(with_gateway("192.0.2.1") == Problems{"3 networks[0].gateway"});
}

TEST_CASE("nodes must differ in name, identifier and address") {
  const std::string alpha = "name: alpha, id: 1, address: 10.77.0.11";
  CHECK(problems_in(with_nodes(alpha, "name: beta, id: 2, address: 10.77.0.12")).empty());
  CHECK(problems_in(with_nodes(alpha, "name: alpha, id: 2, address: 10.77.0.12")) ==
        Problems{"7 nodes[1].name"});
  CHECK(problems_in(with_nodes(alpha, "name: beta, id: 1, address: 10.77.0.12")) ==
        Problems{"7 nodes[1].id"});
  CHECK(problems_in(with_nodes(alpha, "name: beta, id: 2, address: 10.77.0.11")) ==
        Problems{"7 nodes[1].address"});
}

TEST_CASE("a contradiction names both sides") {
  CHECK(message_for(with_nodes("name: alpha, id: 1, address: 10.77.0.11",
                               "name: beta, id: 1, address: 10.77.0.12")) ==
        "dir/test.yaml:7: nodes[1].id: found 1, which alpha has already; allowed: an identifier of "
        "its own");
}

TEST_CASE("a node is a host on the interconnect, and not the gateway") {
  for (const std::string wrong : {"10.77.1.11", "10.77.0.255", "10.77.0.0", "10.77.0.1"}) {
    INFO(wrong);
    CHECK(problems_in(changed("10.77.0.11}", wrong + "}")) == Problems{"6 nodes[0].address"});
  }
}

TEST_CASE("no node may be called gateway") {
  CHECK(problems_in(changed("name: alpha", "name: gateway")) == Problems{"6 nodes[0].name"});
}

TEST_CASE("slices must fit for every identifier up to the highest") {
  CHECK(problems_in(kSmall + "ports: {first: 16384, last: 65535, slice: 16384}\n").empty());
  CHECK(problems_in(kSmall + "ports: {first: 16385, last: 65535, slice: 16384}\n") ==
        Problems{"8 ports.slice"});
  CHECK(problems_in(kSmall + "ports: {first: 65533, last: 65535}\n").empty());
  CHECK(problems_in(kSmall + "ports: {first: 65534, last: 65535}\n") == Problems{"8 ports"});
  CHECK(problems_in(kSmall + "ports: {first: 40000, last: 39999}\n") == Problems{"8 ports.last"});
}

TEST_CASE("an error about slices says how large they may be") {
  CHECK(message_for(kSmall + "ports: {first: 20000, last: 29999, slice: 4096}\n") ==
        "dir/test.yaml:8: ports.slice: found 10000 ports for 3 slices (node 0 to node 2) of 4096; "
        "allowed: slices of at most 2048");
}

TEST_CASE("services must differ in name and in port with protocol") {
  const auto with_services = [](const std::string& second) {
    return problems_in(kSmall + "services:\n  - {name: a, port: 53/tcp, node: alpha}\n  - {" +
                       second + "}\n");
  };
  CHECK(with_services("name: b, port: 53/udp, node: alpha").empty());
  CHECK(with_services("name: b, port: 53/tcp, node: beta") == Problems{"10 services[1].port"});
  CHECK(with_services("name: a, port: 54/tcp, node: beta") == Problems{"10 services[1].name"});
}

TEST_CASE("a service names each candidate once") {
  CHECK(
      problems_in(kSmall +
                  "services: [{name: a, port: 1/tcp, plugin: p, nodes: [beta, alpha, beta]}]\n") ==
      Problems{"8 services[0].nodes[2]"});
}

TEST_CASE("an active check is for TCP, and ends before the next begins") {
  CHECK(problems_in(kSmall + "services: [{name: a, port: 1/udp, node: alpha, check: {}}]\n") ==
        Problems{"8 services[0].check"});
  CHECK(problems_in(kSmall + "services: [{name: a, port: 1/tcp, node: alpha, check: "
                             "{interval_ms: 100, timeout_ms: 101}}]\n") ==
        Problems{"8 services[0].check.timeout_ms"});
}

TEST_CASE("a path is exported by one node") {
  CHECK(
      problems_in(kSmall + "exports:\n  - {path: /a, node: alpha}\n  - {path: /a, node: beta}\n") ==
      Problems{"10 exports[1].path"});
}

TEST_CASE("unanswered SYNs are part of the connections") {
  CHECK(problems_in(kSmall + "connections: {maximum: 1024, embryonic: 1025}\n") ==
        Problems{"8 connections.embryonic"});
}

TEST_CASE("agents are served on the interconnect's own address") {
  for (const std::string listen : {"10.77.0.2:7077", "192.0.2.1:7077", "0.0.0.0:7077"}) {
    const std::string text = kSmall + "agents: {listen: " + listen + ", token_file: a}\n";
    CHECK(problems_in(text) == Problems{"8 agents.listen"});
    CHECK_THAT(message_for(text), Catch::Contains("address on the interconnect, 10.77.0.1"));
  }
}

TEST_CASE("a node's own services are allowed in one place") {
  CHECK(problems_in(kSmall + "agents:\n  listen: 10.77.0.1:7077\n  token_file: a\n  allow:\n" +
                    "    - {node: beta, ports: [1/tcp]}\n    - {node: beta, ports: [2/tcp]}\n") ==
        Problems{"13 agents.allow[1].node"});
}

TEST_CASE("agents and REST are not served on one address and port") {
  const auto with_rest = [](const std::string& listen) {
    return problems_in(kSmall + "agents: {listen: 10.77.0.1:7077, token_file: a}\n" +
                       "rest: {listen: " + listen + ", token_file: b}\n");
  };
  CHECK(with_rest("10.77.0.1:7078").empty());
  CHECK(with_rest("127.0.0.1:7077").empty());
  CHECK(with_rest("10.77.0.1:7077") == Problems{"9 rest.listen"});
  CHECK(with_rest("0.0.0.0:7077") == Problems{"9 rest.listen"});
}

}  // namespace encluster::control
