#include "control/configuration_reload.hpp"

#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

/// The keys that a reload from kSmall to `next` may not change.
Problems conflicts_with(const std::string& next) {
  Problems keys;
  for (const std::string& sentence : reload_conflicts(parse(kSmall), parse(next))) {
    keys.push_back(sentence.substr(0, sentence.find(':')));
  }
  return keys;
}

}  // namespace

TEST_CASE("an unchanged configuration can be reloaded") { CHECK(conflicts_with(kSmall).empty()); }

TEST_CASE(
    "names, nodes, services, exports, weights and what becomes of connections can change in a "
    "reload") {
  CHECK(conflicts_with(changed("demo", "other")).empty());
  CHECK(conflicts_with(changed("10.77.0.11}", "10.77.0.13, weight: 5, draining: true}")).empty());
  CHECK(conflicts_with(changed("192.0.2.1/24}", "192.0.2.1/24, dynamic_syn: deny}")).empty());
  CHECK(
      conflicts_with(changed("192.0.2.1/24}", "192.0.2.1/24, dynamic_syn: [10.0.0.0/8]}")).empty());
  CHECK(conflicts_with(kSmall + "services: [{name: a, port: 1/tcp, node: alpha}]\n").empty());
  CHECK(conflicts_with(kSmall + "exports: [{path: /a, node: alpha}]\n").empty());
  CHECK(conflicts_with(kSmall + "gateway: {weight: 3}\n").empty());
  CHECK(
      conflicts_with(kSmall + "connections: {on_node_death: keep, ask_idle_after: 60}\n").empty());
}

TEST_CASE("what is set up at start cannot change in a reload") {
  CHECK(conflicts_with(changed("campus", "lab")) == Problems{"networks"});
  CHECK(conflicts_with(changed("net_null0", "net_null2")) == Problems{"networks"});
  CHECK(conflicts_with(changed("192.0.2.1/24", "192.0.2.2/24")) == Problems{"networks"});
  CHECK(conflicts_with(changed("192.0.2.1/24}", "192.0.2.1/24, gateway: 192.0.2.9}")) ==
        Problems{"networks"});
  for (const std::string key : {"mtu: 1400", "vlan: 7"}) {
    CHECK(conflicts_with(changed("192.0.2.1/24}", "192.0.2.1/24, " + key + "}")) ==
          Problems{"networks"});
    CHECK(conflicts_with(changed("10.77.0.1/24}", "10.77.0.1/24, " + key + "}")) ==
          Problems{"interconnect"});
  }
  CHECK(conflicts_with(changed("10.77.0.1/24", "10.77.0.2/24")) == Problems{"interconnect"});
  CHECK(conflicts_with(kSmall + "cpus: [1]\n") == Problems{"cpus"});
  CHECK(conflicts_with(kSmall + "idle: {mode: spin}\n") == Problems{"idle"});
  CHECK(conflicts_with(kSmall + "memory: {megabytes: 512}\n") == Problems{"memory"});
  CHECK(conflicts_with(kSmall + "connections: {maximum: 100000}\n") == Problems{"connections"});
  CHECK(conflicts_with(kSmall + "plugins: [a.so]\n") == Problems{"plugins"});
  CHECK(conflicts_with(kSmall + "rest: {listen: 127.0.0.1:1, token_file: t}\n") ==
        Problems{"rest"});
}

TEST_CASE("where and how agents are served cannot change in a reload") {
  const auto with = [](const std::string& more) {
    return parse(kSmall + "agents: {listen: 10.77.0.1:7077, token_file: t" + more + "}\n");
  };
  CHECK(reload_conflicts(with(""), with("")).empty());
  for (const std::string more : {", certificate_file: a.crt", ", key_file: a.key"}) {
    CHECK(reload_conflicts(with(""), with(more)).size() == 1);
  }
  CHECK(reload_conflicts(with(""), with(", allow: [{node: beta, ports: [1/tcp]}]")).empty());
  CHECK(conflicts_with(kSmall + "agents: {listen: 10.77.0.1:7077, token_file: t}\n") ==
        Problems{"agents"});
}

TEST_CASE("the ports cannot change in a reload") {
  CHECK(conflicts_with(kSmall + "ports: {first: 20000}\n") == Problems{"ports"});
  CHECK(conflicts_with(kSmall + "ports: {slice: 64}\n") == Problems{"ports"});
}

TEST_CASE("a node that makes automatic slices smaller needs a restart") {
  CHECK(conflicts_with(changed("id: 2", "id: 3")) == Problems{"ports"});
  CHECK(conflicts_with(kSmall + "ports: {slice: 16384}\n").empty());
}

}  // namespace encluster::control
