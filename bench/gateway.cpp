#include "gateway.hpp"

#include <optional>
#include <stdexcept>

#include "login/login.hpp"
#include "mount/mount.hpp"
#include "nfs/nfs.hpp"
#include "switching/compile_snapshot.hpp"
#include "switching/slices.hpp"

namespace encluster::bench {

namespace {

constexpr PortNumber kHighestPrivileged{std::uint16_t{1023}};
constexpr PortNumber kNextPrivileged{std::uint16_t{1022}};  // where renumbering begins
constexpr PortNumber kFirstDynamic{std::uint16_t{16384}};
constexpr PortNumber kLastDynamic{std::uint16_t{65535}};

/// An export of Ganesha's on each node, with the node's number as Export_Id.
void add_files(switching::ClusterState& state) {
  for (const auto& [name, port] : {std::pair{"nfs", kNfsPort}, std::pair{"mount", kMountPort}}) {
    ServiceConfig service;
    service.name = service.plugin = name;
    service.protocol = Protocol::udp;
    service.port = port;
    state.services.push_back(service);
  }
  for (switching::NodeState& node : state.nodes) {
    node.mount_port = kNodeMountPort;
    const Be16 id(node.id.value());
    const FileSystemKey key(FileSystemKeyKind::ganesha, 0, std::as_bytes(std::span(&id, 1)));
    state.exports.push_back({.path = "/export/" + node.name, .node = node.id, .keys = {key}});
  }
}

}  // namespace

switching::ClusterState cluster(const Scale& scale, bool with_files) {
  switching::ClusterState state;
  state.name = "bench";
  state.networks = {{.name = "outside", .address = {kCluster, 24}, .mac = kOutsideMac}};
  state.interconnect = {.address = {Ipv4Address(10, 77, 0, 1), 16}, .mac = kInsideMac};
  const std::optional<std::uint32_t> slice =
      switching::Slices::largest_size(kFirstDynamic, kLastDynamic, NodeId(scale.nodes));
  if (!slice.has_value()) throw std::runtime_error("the nodes are too many for a slice each");
  state.ports = {.first = kFirstDynamic, .slice_size = *slice};
  state.routes = {{.prefix = {kCluster, 24}, .network = 0, .gateway = std::nullopt},
                  {.prefix = {Ipv4Address(), 0}, .network = 0, .gateway = kRouter}};
  state.neighbours = {{.egress = 0, .address = kRouter, .mac = mac_of(kRouter)}};
  for (std::uint16_t number = 1; number <= scale.nodes; ++number) {
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
  if (with_files) add_files(state);
  return state;
}

Endpoint login_client(std::uint32_t number, const Scale& scale) {
  return {remote(number, scale),
          PortNumber(static_cast<std::uint16_t>(512 + number / scale.remotes))};
}

NodeId login_node(std::uint32_t number, const Scale& scale) {
  return NodeId(static_cast<std::uint16_t>(1 + number % scale.nodes));
}

Claim claim_of(std::uint32_t number) {
  const bool renumbered = number % 2 != 0;
  const std::uint32_t pair = number / 2;
  return {.node = login_node(pair + (renumbered ? 1 : 0)),
          .port = kHighestPrivileged,
          .shown = renumbered ? kNextPrivileged : kHighestPrivileged,
          .server = {remote(pair), kLoginPort}};
}

Hairpin hairpin_of(std::uint32_t number) {
  return {.client = login_node(number),
          .port = PortNumber(static_cast<std::uint16_t>(kHighestPrivileged.value() - number)),
          .server = login_node(number + 1)};
}

switching::PipelineLimits limits_for(std::uint32_t records) {
  switching::PipelineLimits limits;
  limits.connections = {.connections = records + Gateway::kEmbryonic,
                        .embryonic = Gateway::kEmbryonic};
  return limits;
}

switching::InsertConnection login_command(std::uint32_t number, const Scale& scale) {
  const Endpoint client = login_client(number, scale);
  return {.key = {.remote = client.address, .remote_port = client.port, .cluster_port = kLoginPort},
          .node = login_node(number, scale),
          .node_port = kLoginPort,
          .service = 0};
}

namespace {

constexpr std::uint8_t kOpenedByNode =
    switching::connection_flag::opened_by_node | switching::connection_flag::answered;

switching::InsertConnection claim_command(const Claim& claim) {
  return {.key = {.remote = claim.server.address,
                  .remote_port = claim.server.port,
                  .cluster_port = claim.shown},
          .node = claim.node,
          .node_port = claim.port,
          .service = kNoService,
          .flags = kOpenedByNode};
}

/// The client's end of a hairpin: its remote is the cluster.
switching::InsertConnection client_command(const Hairpin& login) {
  return claim_command({login.client, login.port, login.port, {kCluster, kLoginPort}});
}

/// The other end.
switching::InsertConnection server_command(const Hairpin& login) {
  return {.key = {.remote = kCluster, .remote_port = login.port, .cluster_port = kLoginPort},
          .node = login.server,
          .node_port = kLoginPort,
          .service = 0};
}

switching::PipelineLimits limits_of(const Population& population,
                                    const switching::FloodLimits& flood) {
  // An alias for every other claim; two ends of a hairpin.
  switching::PipelineLimits limits = limits_for(population.logins + population.claims +
                                                population.claims / 2 + 2 * population.hairpins);
  limits.flood = flood;
  return limits;
}

}  // namespace

Gateway::Gateway(const Population& population, std::pmr::memory_resource* memory,
                 const switching::FloodLimits& flood)
    : population_(population),
      snapshot_(
          switching::SnapshotCompiler(
              {{"login", login::make_login}, {"mount", mount::make_mount}, {"nfs", nfs::make_nfs}},
              1)
              .compile(cluster(population.scale, population.files))),
      pipeline_(std::make_unique<switching::Pipeline>(limits_of(population, flood), 0, kSeed, pool_,
                                                      answers_, counters_, memory)) {
  for (std::uint32_t i = 0; i < population.logins; ++i) insert(login_command(i, population.scale));
  for (std::uint32_t i = 0; i < population.claims; ++i) insert(claim_command(claim_of(i)));
  for (std::uint32_t i = 0; i < population.hairpins; ++i) {
    insert(client_command(hairpin_of(i)));
    insert(server_command(hairpin_of(i)));
  }
}

void Gateway::insert(const switching::InsertConnection& connection) {
  const std::uint32_t id = pipeline_->connections().size();  // grows with each
  pipeline_->execute({.id = id, .what = connection}, *snapshot_, kNow);
  if (!answers_.done(id)) throw std::runtime_error("a connection could not be inserted");
}

}  // namespace encluster::bench
