#include "control/parse_configuration.hpp"

#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

const std::string kServices = kSmall + R"(services:
  - {name: rlogin, port: 513/tcp, plugin: login, scheduler: round-robin, nodes: [beta, gateway]}
  - {name: database, port: 5432/tcp, node: beta}
  - name: web
    port: 80/tcp
    plugin: login
    check: {interval_ms: 500, timeout_ms: 200, fall: 5, rise: 1}
  - {name: nfs, port: 2049/udp, plugin: nfs, layout: "fsid=0", cache: 12}
exports:
  - {path: /export/home, node: alpha}
)";

}  // namespace

TEST_CASE("the smallest configuration gets the documented defaults") {
  const Configuration configuration = parse(kSmall);
  CHECK(configuration.cluster.name == "demo");
  CHECK(configuration.networks[0].mtu == 1500);
  CHECK_FALSE(configuration.networks[0].vlan.has_value());
  CHECK(configuration.interconnect.mtu == 1500);
  CHECK_FALSE(configuration.interconnect.vlan.has_value());
  CHECK(configuration.workers == 1);
  CHECK(configuration.cpus.empty());
  CHECK(configuration.idle == IdleConfig{IdleMode::sleep, std::chrono::microseconds(50)});
  CHECK(configuration.memory == MemoryConfig{.hugepages = false, .megabytes = 256});
  CHECK(configuration.ports.first.value() == 16384);
  CHECK(configuration.ports.last.value() == 65535);
  CHECK_FALSE(configuration.ports.slice.has_value());
  CHECK(configuration.connections == ConnectionsConfig{.maximum = 1048576,
                                                       .embryonic = 65536,
                                                       .syn_rate = 10000,
                                                       .ask_idle_after = 7200,
                                                       .on_node_death = OnNodeDeath::reset});
  CHECK(configuration.gateway.weight == 1);
  CHECK_FALSE(configuration.gateway.draining);
  CHECK(configuration.services.empty());
  CHECK(configuration.exports.empty());
  CHECK_FALSE(configuration.agents.has_value());
  CHECK_FALSE(configuration.rest.has_value());
  CHECK(configuration.plugins.empty());
}

TEST_CASE("networks, interconnect and nodes are read as written") {
  const Configuration configuration =
      parse(changed("192.0.2.1/24}", "192.0.2.1/24, gateway: 192.0.2.254, dynamic_syn: deny}"));
  REQUIRE(configuration.networks.size() == 1);
  const NetworkConfig& campus = configuration.networks[0];
  CHECK(campus.name == "campus");
  CHECK(campus.device == "net_null0");
  CHECK(campus.address == Ipv4Prefix{Ipv4Address(192, 0, 2, 1), 24});
  CHECK(campus.gateway == Ipv4Address(192, 0, 2, 254));
  CHECK_FALSE(campus.dynamic_syn);
  CHECK(configuration.interconnect.device == "net_null1");
  CHECK(configuration.interconnect.address == Ipv4Prefix{Ipv4Address(10, 77, 0, 1), 24});
  REQUIRE(configuration.nodes.size() == 2);
  CHECK(configuration.nodes[1].name == "beta");
  CHECK(configuration.nodes[1].id.value() == 2);
  CHECK(configuration.nodes[1].address == Ipv4Address(10, 77, 0, 12));
  CHECK(configuration.nodes[1].weight == 1);
}

TEST_CASE("networks and interconnect have an MTU and a VLAN each") {
  std::string text = changed("192.0.2.1/24}", "192.0.2.1/24, mtu: 1400, vlan: 7}");
  text.replace(text.find("10.77.0.1/24}"), 13, "10.77.0.1/24, mtu: 9000, vlan: 4094}");
  const Configuration configuration = parse(text);
  CHECK(configuration.networks[0].mtu == 1400);
  CHECK(configuration.networks[0].vlan == 7);
  CHECK(configuration.interconnect.mtu == 9000);
  CHECK(configuration.interconnect.vlan == 4094);
}

TEST_CASE("dynamic_syn is allow, deny, or a list of those who may") {
  const auto network = [](const std::string& value) {
    return parse(changed("192.0.2.1/24}", "192.0.2.1/24, dynamic_syn: " + value + "}"))
        .networks.at(0);
  };
  CHECK(parse(kSmall).networks[0].dynamic_syn);
  CHECK(network("allow").dynamic_syn);
  CHECK_FALSE(network("deny").dynamic_syn);
  CHECK(network("deny").dynamic_syn_from.empty());
  const NetworkConfig some = network("[198.51.100.0/24, 203.0.113.7/32]");
  CHECK_FALSE(some.dynamic_syn);
  CHECK(some.dynamic_syn_from == std::vector<Ipv4Prefix>{{Ipv4Address(198, 51, 100, 0), 24},
                                                         {Ipv4Address(203, 0, 113, 7), 32}});
  CHECK(network("[0.0.0.0/0]").dynamic_syn_from.size() == 1);
}

TEST_CASE("a cluster without nodes and services is possible: the gateway alone") {
  const Configuration configuration = parse(R"(cluster: {name: demo}
networks: [{name: campus, device: "net_null0", address: 192.0.2.1/24}]
interconnect: {device: "net_null1", address: 10.77.0.1/24}
nodes: []
services:
exports: []
)");
  CHECK(configuration.nodes.empty());
  CHECK(slice_size(configuration) == 32768u);
}

TEST_CASE("a service with a plugin has its candidates in order, and the plugin's own options") {
  const Configuration configuration = parse(kServices);
  const ServiceConfig& rlogin = configuration.services.at(0).config;
  CHECK(rlogin.name == "rlogin");
  CHECK(rlogin.protocol == Protocol::tcp);
  CHECK(rlogin.port.value() == 513);
  CHECK(rlogin.plugin == "login");
  CHECK(rlogin.nodes == std::vector<NodeId>{NodeId(std::uint16_t{2}), kGateway});
  CHECK(rlogin.options == std::map<std::string, std::string>{{"scheduler", "round-robin"}});
  const ServiceConfig& nfs = configuration.services.at(3).config;
  CHECK(nfs.protocol == Protocol::udp);
  CHECK(nfs.nodes.empty());
  CHECK(nfs.options == std::map<std::string, std::string>{{"cache", "12"}, {"layout", "fsid=0"}});
}

TEST_CASE("a service without plugin has its node") {
  const Configuration configuration = parse(kServices);
  const ServiceEntry& database = configuration.services.at(1);
  CHECK(database.config.plugin.empty());
  CHECK(database.config.node.value() == 2);
  CHECK_FALSE(database.check.has_value());
}

TEST_CASE("an active check keeps what is not given at its default") {
  const Configuration configuration = parse(kServices);
  using std::chrono::milliseconds;
  CHECK(configuration.services.at(2).check ==
        CheckConfig{
            .interval = milliseconds(500), .timeout = milliseconds(200), .fall = 5, .rise = 1});
  const Configuration defaults =
      parse(kSmall + "services: [{name: a, port: 1/tcp, node: alpha, check: {}}]\n");
  CHECK(defaults.services.at(0).check == CheckConfig{});
}

TEST_CASE("services may stand before the nodes that they name") {
  const Configuration configuration =
      parse("services: [{name: a, port: 1/tcp, node: beta}]\n" + kSmall);
  CHECK(configuration.services.at(0).config.node.value() == 2);
}

TEST_CASE("file names are relative to the configuration's folder, unless absolute") {
  const Configuration configuration = parse(kSmall + R"(
agents:
  listen: 10.77.0.1:7077
  token_file: agents.token
  key_file: /etc/encluster/gateway.key
  allow: [{node: beta, ports: [8443/tcp, 2000-2100/udp], exports: [/export, /srv/b], programs: [100011, 1]}]
  exports_file: exports
rest: {listen: 127.0.0.1:8077, token_file: /etc/encluster/rest.token, roster_file: nodes}
plugins: [mail.so]
)");
  CHECK(configuration.agents->address == Ipv4Address(10, 77, 0, 1));
  CHECK(configuration.agents->port.value() == 7077);
  CHECK(configuration.agents->token_file == "dir/agents.token");
  CHECK(configuration.agents->certificate_file == "dir/agents.crt");
  CHECK(configuration.agents->key_file == "/etc/encluster/gateway.key");
  CHECK(configuration.agents->allow ==
        std::vector<AllowedByNode>{{NodeId(2),
                                    {{PortNumber(8443), PortNumber(8443), Protocol::tcp},
                                     {PortNumber(2000), PortNumber(2100), Protocol::udp}},
                                    {"/export", "/srv/b"},
                                    {100'011, 1}}});
  CHECK(configuration.agents->exports_file == "dir/exports");
  CHECK(configuration.rest->token_file == "/etc/encluster/rest.token");
  CHECK(configuration.rest->roster_file == "dir/nodes");
  CHECK(configuration.plugins == std::vector<std::filesystem::path>{"dir/mail.so"});
}

TEST_CASE("machine settings are read as written") {
  const Configuration configuration = parse(kSmall + R"(
workers: 1
cpus: [3]
idle: {mode: pause}
memory: {hugepages: true, megabytes: 1024}
ports: {first: 20000, last: 60000, slice: 4096}
connections: {maximum: 2048, embryonic: 64, syn_rate: 500, ask_idle_after: 30, on_node_death: keep}
gateway: {weight: 0, draining: true}
)");
  CHECK(configuration.cpus == std::vector<std::uint32_t>{3});
  CHECK(configuration.idle.mode == IdleMode::pause);
  CHECK(configuration.memory == MemoryConfig{.hugepages = true, .megabytes = 1024});
  CHECK(configuration.ports.first.value() == 20000);
  CHECK(slice_size(configuration) == 4096u);
  CHECK(configuration.connections == ConnectionsConfig{.maximum = 2048,
                                                       .embryonic = 64,
                                                       .syn_rate = 500,
                                                       .ask_idle_after = 30,
                                                       .on_node_death = OnNodeDeath::keep});
  CHECK(configuration.gateway.weight == 0);
  CHECK(configuration.gateway.draining);
}

TEST_CASE("aliases repeat what they stand for") {
  const Configuration configuration = parse(kSmall + R"(services:
  - {name: a, port: 1/tcp, plugin: login, nodes: &both [alpha, beta]}
  - {name: b, port: 2/tcp, plugin: login, nodes: *both}
)");
  CHECK(configuration.services.at(1).config.nodes.size() == 2);
}

TEST_CASE("the shipped configuration is right and shows every key") {
  const Configuration configuration = parse_configuration(ENCLUSTER_GATEWAY_YAML);
  CHECK(configuration.nodes.size() == 3);
  CHECK(configuration.services.size() == 9);
  CHECK(configuration.services[0].check == CheckConfig{});
  CHECK(configuration.connections == ConnectionsConfig{});
  CHECK(configuration.idle == IdleConfig{});
  CHECK(configuration.memory == MemoryConfig{});
  CHECK(configuration.ports == PortsConfig{});
  CHECK(configuration.exports.size() == 1);
  REQUIRE(configuration.agents.has_value());
  CHECK(configuration.agents->certificate_file.filename() == AgentsConfig{}.certificate_file);
  CHECK(configuration.agents->key_file.filename() == AgentsConfig{}.key_file);
  CHECK(configuration.rest.has_value());
}

}  // namespace encluster::control
