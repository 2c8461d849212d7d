#include "gateway.hpp"

#include <stdexcept>

#include "login/login.hpp"
#include "switching/compile_snapshot.hpp"

namespace encluster::bench {

namespace {

constexpr Ipv4Address kRouter{192, 0, 2, 254};

MacAddress mac_of(Ipv4Address address) {
  return {0x02, 0, 0, 1, 0, static_cast<std::uint8_t>(address.value())};
}

}  // namespace

switching::ClusterState cluster() {
  switching::ClusterState state;
  state.name = "bench";
  state.networks = {{.name = "outside", .address = {kCluster, 24}, .mac = kOutsideMac}};
  state.interconnect = {.address = {Ipv4Address(10, 77, 0, 1), 24}, .mac = kInsideMac};
  state.ports = {.first = PortNumber(std::uint16_t{16384}), .slice_size = 8192};
  state.routes = {{.prefix = {kCluster, 24}, .network = 0, .gateway = std::nullopt},
                  {.prefix = {Ipv4Address(), 0}, .network = 0, .gateway = kRouter}};
  state.neighbours = {{.egress = 0, .address = kRouter, .mac = mac_of(kRouter)}};
  for (std::uint16_t number = 1; number <= kNodes; ++number) {
    const NodeId id(number);
    state.nodes.push_back(
        {.name = "node" + std::to_string(number), .id = id, .address = address_of(id)});
    state.neighbours.push_back(
        {.egress = kInterconnect, .address = address_of(id), .mac = mac_of(address_of(id))});
  }
  ServiceConfig rlogin;
  rlogin.name = "rlogin";
  rlogin.port = kLoginPort;
  rlogin.plugin = "login";
  state.services = {rlogin};
  return state;
}

Endpoint login_client(std::uint32_t number) {
  return {remote(number), PortNumber(static_cast<std::uint16_t>(512 + (number >> 17)))};
}

NodeId login_node(std::uint32_t number) {
  return NodeId(static_cast<std::uint16_t>(1 + number % kNodes));
}

switching::PipelineLimits limits_for(std::uint32_t logins) {
  switching::PipelineLimits limits;
  limits.connections = {.connections = logins + Gateway::kEmbryonic,
                        .embryonic = Gateway::kEmbryonic};
  return limits;
}

switching::InsertConnection login_command(std::uint32_t number) {
  const Endpoint client = login_client(number);
  return {.key = {.remote = client.address, .remote_port = client.port, .cluster_port = kLoginPort},
          .node = login_node(number),
          .node_port = kLoginPort,
          .service = 0};
}

namespace {

switching::PipelineLimits with_flood(switching::PipelineLimits limits,
                                     const switching::FloodLimits& flood) {
  limits.flood = flood;
  return limits;
}

}  // namespace

Gateway::Gateway(std::uint32_t logins, std::pmr::memory_resource* memory,
                 const switching::FloodLimits& flood)
    : logins_(logins),
      snapshot_(switching::SnapshotCompiler({{"login", login::make_login}}, 1).compile(cluster())),
      pipeline_(std::make_unique<switching::Pipeline>(with_flood(limits_for(logins), flood), 0,
                                                      kSeed, pool_, answers_, counters_, memory)) {
  for (std::uint32_t number = 0; number < logins; ++number) insert_login(number);
}

void Gateway::insert_login(std::uint32_t number) {
  pipeline_->execute({.id = number, .what = login_command(number)}, *snapshot_, kNow);
  if (!answers_.done(number)) throw std::runtime_error("a connection could not be inserted");
}

}  // namespace encluster::bench
