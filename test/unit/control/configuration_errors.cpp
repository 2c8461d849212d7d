// What the parser says about a value that is wrong by itself.
#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

struct WrongValue {
  std::string line;  ///< added to kSmall
  std::string key;   ///< that the error names
};

const std::vector<WrongValue> kWrongValues{
    {"workers: 0", "workers"},
    {"workers: 65", "workers"},
    {"workers: two", "workers"},
    {"workers: 1000000000000000000000000", "workers"},
    {"workers: -1", "workers"},
    {"workers: 01", "workers"},
    {"workers: [1]", "workers"},
    {"workers: {a: 1}", "workers"},
    {"workers:", "workers"},
    {"cpus: 1", "cpus"},
    {"cpus: [one]", "cpus[0]"},
    {"cpus: [0, 1]", "cpus"},
    {"idle: {mode: doze}", "idle.mode"},
    {"idle: {microseconds: 0}", "idle.microseconds"},
    {"idle: {microseconds: 10001}", "idle.microseconds"},
    {"idle: 50", "idle"},
    {"memory: {hugepages: yes}", "memory.hugepages"},
    {"memory: {megabytes: 63}", "memory.megabytes"},
    {"ports: {first: 1023}", "ports.first"},
    {"ports: {last: 65536}", "ports.last"},
    {"ports: {slice: 1000}", "ports.slice"},
    {"ports: {slice: 0}", "ports.slice"},
    {"ports: {slice: automatic}", "ports.slice"},
    {"connections: {maximum: 1023}", "connections.maximum"},
    {"connections: {embryonic: 0}", "connections.embryonic"},
    {"connections: {syn_rate: -1}", "connections.syn_rate"},
    {"connections: {syn_rate: 1000000001}", "connections.syn_rate"},
    {"connections: {ask_idle_after: 29}", "connections.ask_idle_after"},
    {"connections: {ask_idle_after: 7201}", "connections.ask_idle_after"},
    {"connections: {on_node_death: forget}", "connections.on_node_death"},
    {"gateway: {weight: 1001}", "gateway.weight"},
    {"gateway: {draining: 1}", "gateway.draining"},
    {"exports: [{path: /x, node: alpha, keys: ganesha:1}]", "exports[0].keys"},
    {"exports: [{path: /x, node: alpha, keys: [ganesha]}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['ganesha:65536']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['ganesha:']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['fsid:4294967296']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['fsid:-1']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['knfsd:8:00']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['knfsd:1:000000']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['knfsd:1:0000000g']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['knfsd:1']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['bytes:']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['bytes:0']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['uuid:00']}]", "exports[0].keys[0]"},
    {"exports: [{path: /x, node: alpha, keys: ['fsid:1', 'knfsd:1:01000000']}]", "exports[0].keys"},
    {"exports: [{path: /x, node: alpha, clients: 192.0.2.0/24}]", "exports[0].clients"},
    {"exports: [{path: /x, node: alpha, clients: [192.0.2.1/24]}]", "exports[0].clients[0]"},
    {"services: 5", "services"},
    {"services: [5]", "services[0]"},
    {"services: [{name: '', port: 1/tcp, node: alpha}]", "services[0].name"},
    {"services: [{name: a b, port: 1/tcp, node: alpha}]", "services[0].name"},
    {"services: [{name: a, port: 1, node: alpha}]", "services[0].port"},
    {"services: [{name: a, port: 0/tcp, node: alpha}]", "services[0].port"},
    {"services: [{name: a, port: 65536/tcp, node: alpha}]", "services[0].port"},
    {"services: [{name: a, port: 1/icmp, node: alpha}]", "services[0].port"},
    {"services: [{name: a, port: 1/tcp, node: delta}]", "services[0].node"},
    {"services: [{name: a, port: 1/tcp, plugin: p, nodes: [delta]}]", "services[0].nodes[0]"},
    {"services: [{name: a, port: 1/tcp, plugin: p, nodes: alpha}]", "services[0].nodes"},
    {"services: [{name: a, port: 1/tcp, plugin: p, extra: [1]}]", "services[0].extra"},
    {"services: [{name: a, port: 1/tcp, node: alpha, extra: 1}]", "services[0].extra"},
    {"services: [{name: a, port: 1/tcp}]", "services[0]"},
    {"services: [{name: a, port: 1/tcp, plugin: p, node: alpha}]", "services[0]"},
    {"services: [{name: a, port: 1/tcp, node: alpha, nodes: [beta]}]", "services[0].nodes"},
    {"services: [{name: a, port: 1/tcp, node: alpha, check: {fall: 0}}]", "services[0].check.fall"},
    {"services: [{name: a, port: 1/tcp, node: alpha, check: true}]", "services[0].check"},
    {"exports: [{path: export, node: alpha}]", "exports[0].path"},
    {"exports: [{path: /export/, node: alpha}]", "exports[0].path"},
    {"exports: [{path: /export//home, node: alpha}]", "exports[0].path"},
    {"exports: [{path: /export/../etc, node: alpha}]", "exports[0].path"},
    {"exports: [{path: \"/a\\nb\", node: alpha}]", "exports[0].path"},
    {"exports: [{path: /export, node: delta}]", "exports[0].node"},
    {"agents: {listen: 7077, token_file: t}", "agents.listen"},
    {"agents: {listen: 10.77.0.1:0, token_file: t}", "agents.listen"},
    {"agents: {listen: \"10.77.0.1:7077\"}", "agents.token_file"},
    {"agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{ports: [1/tcp]}]}",
     "agents.allow[0].node"},
    {"agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{node: beta}]}", "agents.allow[0]"},
    {"agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{node: beta, exports: [srv]}]}",
     "agents.allow[0].exports[0]"},
    {"agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{node: gateway, ports: [1/tcp]}]}",
     "agents.allow[0].node"},
    {"agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{node: beta, ports: [80]}]}",
     "agents.allow[0].ports[0]"},
    {"agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{node: beta, ports: [1/tcp], "
     "programs: [100003]}]}",
     "agents.allow[0].programs[0]"},
    {"agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{node: beta, exports: [/a], "
     "programs: [100011]}]}",
     "agents.allow[0].programs"},
    {"rest: {listen: \"localhost:8077\", token_file: t}", "rest.listen"},
    {"rest: {listen: 224.0.0.1:8077, token_file: t}", "rest.listen"},
    {"rest:", "rest"},
    {"plugins: mail.so", "plugins"},
    {"plugins: ['']", "plugins[0]"},
    {"colour: red", "colour"},
    {"'': red", "''"},
    {"[colour]: red", "document"},
    {"cluster: {name: again}", "cluster"},
};

}  // namespace

TEST_CASE("a wrong value is refused with its line and key") {
  for (const WrongValue& wrong : kWrongValues) {
    INFO(wrong.line);
    CHECK(problems_in(kSmall + wrong.line + "\n") ==
          Problems{fmt::format("{} {}", kAddedLine, wrong.key)});
  }
}

TEST_CASE("a network's name must leave room for the TAP's") {
  CHECK(problems_in(changed("campus", "abcdefghijkl")).empty());
  CHECK(problems_in(changed("campus", "abcdefghijklm")) == Problems{"3 networks[0].name"});
  CHECK(problems_in(changed("campus", "Campus")) == Problems{"3 networks[0].name"});
  CHECK(problems_in(changed("campus", "-campus")) == Problems{"3 networks[0].name"});
}

TEST_CASE("an interface's address must be one that a host can have") {
  for (const std::string wrong :
       {"192.0.2.1", "192.0.2.0/24", "192.0.2.255/24", "192.0.2.1/32", "192.0.2.1/7", "192.0.2.1/",
        "192.0.2/24", "192.0.2.1.1/24", "192.0.2.256/24", "192.0.2.01/24", "127.0.0.1/8",
        "224.0.0.1/24", "0.0.0.1/8", "2001:db8::1/64", "''", "~"}) {
    INFO(wrong);
    CHECK(problems_in(changed("192.0.2.1/24", wrong)) == Problems{"3 networks[0].address"});
  }
  CHECK(problems_in(changed("192.0.2.1/24", "192.0.2.0/31")).empty());
}

TEST_CASE("an MTU is one that every host and DPDK can have, a VLAN one that has a number") {
  const auto network_with = [](const std::string& key_and_value) {
    return problems_in(changed("192.0.2.1/24}", "192.0.2.1/24, " + key_and_value + "}"));
  };
  for (const std::string good : {"mtu: 576", "mtu: 9216", "vlan: 1", "vlan: 4094"}) {
    CHECK(network_with(good).empty());
  }
  for (const std::string wrong : {"mtu: 575", "mtu: 9217", "mtu: 65536", "mtu: jumbo", "mtu:"}) {
    CHECK(network_with(wrong) == Problems{"3 networks[0].mtu"});
  }
  for (const std::string wrong : {"vlan: 0", "vlan: 4095", "vlan: none", "vlan: [7]", "vlan:"}) {
    CHECK(network_with(wrong) == Problems{"3 networks[0].vlan"});
  }
  CHECK(problems_in(changed("10.77.0.1/24}", "10.77.0.1/24, mtu: 9217, vlan: 4095}")) ==
        Problems{"4 interconnect.mtu", "4 interconnect.vlan"});
}

TEST_CASE("who may open connections to dynamic ports is named by whole networks") {
  const auto with = [](const std::string& value) {
    return changed("192.0.2.1/24}", "192.0.2.1/24, dynamic_syn: " + value + "}");
  };
  for (const std::string wrong : {"[]", "maybe", "true", "~", "{allow: 1}", "198.51.100.0/24"}) {
    INFO(wrong);
    CHECK(problems_in(with(wrong)) == Problems{"3 networks[0].dynamic_syn"});
  }
  for (const std::string wrong :
       {"198.51.100.1/24", "198.51.100.0", "198.51.100.0/33", "198.51.100.0/", "/24", "deny",
        "198.51.100.0/024", "1.2.3/8", "[10.0.0.0/8]", "~"}) {
    INFO(wrong);
    CHECK(problems_in(with("[10.0.0.0/8, " + wrong + "]")) ==
          Problems{"3 networks[0].dynamic_syn[1]"});
  }
  CHECK(message_for(with("maybe")) ==
        "dir/test.yaml:3: networks[0].dynamic_syn: found 'maybe'; allowed: allow, deny, or a list "
        "of 1 to 256 IPv4 networks");
  CHECK(message_for(with("[198.51.100.1/24]")) ==
        "dir/test.yaml:3: networks[0].dynamic_syn[0]: found '198.51.100.1/24'; allowed: an IPv4 "
        "network with a prefix length from 0 to 32 and no bit set beyond it, such as "
        "198.51.100.0/24");
}

TEST_CASE("a list of more than 256 networks for dynamic_syn is refused") {
  std::string list = "10.0.0.0/32";
  for (int i = 1; i <= 256; ++i) list += fmt::format(", 10.0.{}.{}/32", i / 256, i % 256);
  CHECK(problems_in(changed("192.0.2.1/24}", "192.0.2.1/24, dynamic_syn: [" + list + "]}")) ==
        Problems{"3 networks[0].dynamic_syn"});
}

TEST_CASE("identifiers of nodes run from 1 to 1023") {
  CHECK(problems_in(changed("id: 1,", "id: 0,")) == Problems{"6 nodes[0].id"});
  CHECK(problems_in(changed("id: 1,", "id: 1023,")).empty());
  CHECK(problems_in(changed("id: 1,", "id: 1024,")) == Problems{"6 nodes[0].id"});
}

TEST_CASE("a key that is missing is reported in the line of what it belongs to") {
  CHECK(problems_in(changed("name: alpha, ", "")) == Problems{"6 nodes[0].name"});
  CHECK(problems_in(changed("cluster: {name: demo}\n", "")) == Problems{"1 cluster.name"});
  CHECK(problems_in(changed("device: \"net_null1\", ", "")) == Problems{"4 interconnect.device"});
}

TEST_CASE("an error says what was found and what is allowed") {
  CHECK(message_for(kSmall + "idle: {mode: doze}\n") ==
        "dir/test.yaml:8: idle.mode: found 'doze'; allowed: spin, pause, sleep");
  CHECK(message_for(kSmall + "services: [{name: a, port: 1/tcp, node: delta}]\n") ==
        "dir/test.yaml:8: services[0].node: found 'delta'; allowed: the name of a node: gateway, "
        "alpha, beta");
}

TEST_CASE("an unknown key is answered with the known ones and a guess") {
  CHECK(message_for(changed("device: \"net_null1\"", "devise: \"net_null1\"")) ==
        "dir/test.yaml:4: interconnect.device: found nothing; allowed: a PCI address or DPDK vdev "
        "string: 1 to 255 visible characters\n"
        "dir/test.yaml:4: interconnect.devise: found an unknown key; allowed: device, address, "
        "mtu, vlan (did you mean device?)");
}

TEST_CASE("an unknown key that resembles nothing gets no guess") {
  const std::string message = message_for(kSmall + "memory: {colour: red}\n");
  CHECK(message.ends_with("allowed: hugepages, megabytes"));
}

TEST_CASE("a key that is there twice is refused with the line of the first") {
  CHECK(message_for(kSmall + "workers: 1\nworkers: 1\n") ==
        "dir/test.yaml:9: workers: found a second one (first in line 8); allowed: each key once");
}

TEST_CASE("all problems are reported in the file's order") {
  CHECK(problems_in(kSmall + "workers: 0\nidle: {mode: doze, micro: 1}\nmemory: 5\n") ==
        Problems{"8 workers", "9 idle.mode", "9 idle.micro", "10 memory"});
}

TEST_CASE("no more than twenty problems are reported") {
  std::string text = kSmall;
  for (int i = 0; i < 50; ++i) text += fmt::format("unknown{}: 1\n", i);
  const Problems problems = problems_in(text);
  REQUIRE(problems.size() == 20);
  CHECK(problems.front() == "8 unknown0");
  CHECK(problems.back() == "27 unknown19");
}

TEST_CASE("an error carries file, line and key of the first problem") {
  try {
    static_cast<void>(parse(kSmall + "workers: 0\n"));
    FAIL("accepted");
  } catch (const ConfigurationError& error) {
    CHECK(error.file() == "dir/test.yaml");
    CHECK(error.line() == 8);
    CHECK(error.key() == "workers");
  }
}

TEST_CASE("hostile values are shown shortened and escaped") {
  const std::string message =
      message_for(kSmall + "workers: \"\\e[31m" + std::string(500, 'x') + "\"\n\"k\\ney\": 1\n");
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message.find("\\x1b[31mxxx") != std::string::npos);
  CHECK(message.find("k\\x0aey") != std::string::npos);
  CHECK(message.size() < 1000);
}

}  // namespace encluster::control
