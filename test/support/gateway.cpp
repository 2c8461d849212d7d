#include "support/gateway.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <variant>

#include "login/login.hpp"
#include "switching/remote_hash.hpp"
#include "switching/slices.hpp"
#include "switching/steer.hpp"

namespace encluster::test {

namespace {

ServiceConfig login_service(std::string name, std::uint16_t port) {
  ServiceConfig service;
  service.name = std::move(name);
  service.port = PortNumber(port);
  service.plugin = "login";
  return service;
}

Ipv4Address source_of(const Frame& frame) {
  const auto* ip = reinterpret_cast<const net::Ipv4Header*>(frame.bytes().data() + 14);
  return Ipv4Address(ip->source);
}

switching::PluginRegistry with_login(switching::PluginRegistry plugins) {
  plugins.emplace("login", &login::make_login);
  return plugins;
}

/// The sender's and the receiver's MAC address, as on a real wire.
void set_macs(Frame& frame, const MacAddress& source, const MacAddress& destination) {
  auto* ethernet = reinterpret_cast<net::EthernetHeader*>(frame.data());
  ethernet->source = source;
  ethernet->destination = destination;
}

std::size_t workers_wanted() {
  const char* wanted = std::getenv("ENCLUSTER_TEST_WORKERS");
  return wanted == nullptr ? 1 : std::stoul(wanted);
}

}  // namespace

MacAddress mac_of(Ipv4Address address) {
  const std::uint32_t value = address.value();
  return {0x02,
          0xee,
          static_cast<std::uint8_t>(value >> 24),
          static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value)};
}

switching::ClusterState example_cluster() {
  using switching::NodeState;
  switching::ClusterState state;
  state.name = "demo";
  state.networks.push_back({"campus", {kCluster, 24}, kOutsideMac, true});
  state.interconnect = {{kInside, 24}, kInsideMac};
  state.ports = {PortNumber(std::uint16_t{16384}), 8192};
  state.nodes = {NodeState{"alpha", NodeId(1), kAlpha}, NodeState{"beta", NodeId(2), kBeta},
                 NodeState{"gamma", NodeId(3), kGamma}};
  state.services = {login_service("rexec", 512), login_service("rlogin", 513),
                    login_service("rsh", 514), login_service("telnet", 23),
                    login_service("ssh", 22)};
  ServiceConfig database;
  database.name = "database";
  database.port = PortNumber(std::uint16_t{5432});
  database.node = NodeId(2);
  state.services.push_back(database);
  state.routes = {{{kCluster, 24}, 0, std::nullopt}, {{Ipv4Address(), 0}, 0, kRouter}};
  for (const Ipv4Address node : {kAlpha, kBeta, kGamma}) {
    state.neighbours.push_back({kInterconnect, node, mac_of(node)});
  }
  for (const Ipv4Address neighbour : {kRouter, kRemote}) {
    state.neighbours.push_back({0, neighbour, mac_of(neighbour)});
  }
  return state;
}

switching::PipelineLimits Gateway::small_limits() {
  switching::PipelineLimits limits;
  limits.connections = {4096, 1024};
  limits.announcements = 256;
  limits.flood = {.syn_rate = 200'000, .filter_cells = 4096};
  return limits;
}

Gateway::Gateway(switching::ClusterState state, switching::PipelineLimits limits,
                 switching::PluginRegistry plugins)
    : state_(std::move(state)),
      compiler_(with_login(std::move(plugins)), workers_wanted()),
      pool_(*this),
      counters_(std::make_unique<switching::Counters>()) {
  for (std::size_t worker = 0; worker < workers_wanted(); ++worker) {
    pipelines_.push_back(std::make_unique<switching::Pipeline>(
        limits, static_cast<WorkerId>(worker), 0x5eed, pool_, events_, *counters_));
  }
  publish();
}

Gateway::~Gateway() = default;

void Gateway::publish() { snapshot_ = compiler_.compile(state_); }

bool Gateway::HeapPool::allocate(Packet& packet, std::uint16_t bytes) noexcept {
  if (gateway_.exhausted_) return false;
  auto frame = std::make_unique<Frame>(std::vector<std::byte>(bytes));
  packet.frame = frame->data();
  packet.capacity = static_cast<std::uint16_t>(frame->capacity());
  packet.handle = frame.get();
  gateway_.buffers_.emplace(frame.get(), std::move(frame));
  return true;
}

Packet Gateway::adopt(Frame frame, Origin origin, NetworkIndex network) {
  auto owned = std::make_unique<Frame>(std::move(frame));
  Packet packet = as_packet(*owned, origin, network);
  packet.handle = owned.get();
  buffers_.emplace(owned.get(), std::move(owned));
  return packet;
}

void Gateway::check_verdict(const Outcome& outcome) const {
  if (outcome.verdict == Verdict::pending) throw std::logic_error("a packet has no verdict");
  if (outcome.verdict == Verdict::drop && outcome.reason == DropReason::none) {
    throw std::logic_error("a packet was dropped without a reason");
  }
  const bool leaves = outcome.verdict == Verdict::forward || outcome.verdict == Verdict::answer;
  if (!leaves || outcome.egress == kInterconnect) return;
  const auto& network = snapshot_->networks.at(outcome.egress);
  const auto* ethernet = reinterpret_cast<const net::EthernetHeader*>(outcome.frame.data());
  if (ethernet->source != network.mac) throw std::logic_error("a frame leaves with a foreign MAC");
  if (ethernet->type != net::kEtherTypeIpv4) return;
  const auto* ip =
      reinterpret_cast<const net::Ipv4Header*>(outcome.frame.data() + sizeof *ethernet);
  if (Ipv4Address(ip->source) != network.address.address) {
    throw std::logic_error("a packet leaves with an address other than the cluster's");
  }
}

void Gateway::check_buffers() const {
  std::size_t held = 0;
  for (const auto& pipeline : pipelines_) held += pipeline->held();
  if (buffers_.size() != held) throw std::logic_error("a buffer was lost");
}

Outcome Gateway::finish(const Packet& packet) {
  Outcome outcome{packet.verdict, packet.reason, packet.egress, {}, {}, packet};
  if (packet.verdict == Verdict::hold) return outcome;
  const auto owned = buffers_.extract(packet.handle);
  if (owned.empty()) throw std::logic_error("a buffer was given back twice");
  outcome.frame.assign(packet.frame, packet.frame + packet.length);
  outcome.text = describe(outcome.frame);
  check_verdict(outcome);
  return outcome;
}

void Gateway::collect_extras(switching::Pipeline& pipeline) {
  for (const Packet& packet : pipeline.emitted()) extras_.push_back(finish(packet));
}

switching::Pipeline& Gateway::pipeline(Ipv4Address remote) {
  return *pipelines_[switching::shard_of(remote, pipelines_.size())];
}

std::vector<WorkerId> Gateway::workers_of(const std::vector<Packet>& packets, Origin origin) const {
  std::vector<WorkerId> workers;
  for (const Packet& packet : packets) {
    workers.push_back(switching::steer({packet.frame, packet.length}, origin, pipelines_.size()));
  }
  return workers;
}

void Gateway::run(switching::Pipeline& pipeline, std::span<Packet> burst, Origin origin) {
  switch (origin) {
    case Origin::network:
      pipeline.from_network(burst, *snapshot_, now_);
      break;
    case Origin::interconnect:
      pipeline.from_interconnect(burst, *snapshot_, now_);
      break;
    case Origin::local_network:
    case Origin::local_interconnect:
      pipeline.from_local(burst, *snapshot_, now_);
      break;
  }
  collect_extras(pipeline);
}

std::vector<Outcome> Gateway::receive_burst(std::vector<Frame> frames, Origin origin,
                                            NetworkIndex network) {
  std::vector<Packet> packets;
  for (Frame& frame : frames) packets.push_back(adopt(std::move(frame), origin, network));
  const std::vector<WorkerId> workers = workers_of(packets, origin);
  extras_.clear();
  for (WorkerId worker = 0; worker < pipelines_.size(); ++worker) {
    std::vector<Packet> own;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      if (workers[i] == worker) own.push_back(packets[i]);
    }
    if (own.empty()) continue;
    run(*pipelines_[worker], own, origin);
    for (std::size_t i = 0, next = 0; i < packets.size(); ++i) {
      if (workers[i] == worker) packets[i] = own[next++];
    }
  }
  std::vector<Outcome> outcomes;
  for (const Packet& packet : packets) outcomes.push_back(finish(packet));
  check_buffers();
  return outcomes;
}

Outcome Gateway::receive(Frame frame, Origin origin, NetworkIndex network) {
  std::vector<Frame> frames;
  frames.push_back(std::move(frame));
  return receive_burst(std::move(frames), origin, network).front();
}

Outcome Gateway::from_remote(PacketBuilder builder, NetworkIndex network) {
  Frame frame = builder.build();
  set_macs(frame, mac_of(kRouter), snapshot_->networks.at(network).mac);
  return receive(std::move(frame), Origin::network, network);
}

Outcome Gateway::from_node(PacketBuilder builder) {
  Frame frame = builder.build();
  set_macs(frame, mac_of(source_of(frame)), kInsideMac);
  return receive(std::move(frame), Origin::interconnect);
}

Outcome Gateway::from_kernel(PacketBuilder builder, NetworkIndex network) {
  Frame frame = builder.build();
  set_macs(frame, snapshot_->networks.at(network).mac, mac_of(kRouter));
  return receive(std::move(frame), Origin::local_network, network);
}

Outcome Gateway::from_kernel_inside(PacketBuilder builder) {
  Frame frame = builder.build();
  set_macs(frame, kInsideMac, mac_of(kAlpha));
  return receive(std::move(frame), Origin::local_interconnect);
}

Extras Gateway::pass(Seconds seconds) {
  extras_.clear();
  for (Seconds second = 0; second < seconds; ++second) {
    ++now_;
    const std::uint32_t runs = pipeline().connections().bucket_count() / 64 / 4 + 2;
    for (std::uint32_t run = 0; run < runs; ++run) {
      for (const auto& other : pipelines_) {
        if (other.get() != &pipeline()) maintain(*other);
      }
      maintain(pipeline());
    }
    check_buffers();
  }
  return extras_;
}

void Gateway::maintain(switching::Pipeline& pipeline) {
  pipeline.maintain(*snapshot_, now_);
  collect_extras(pipeline);
}

switching::Pipeline& Gateway::owner_of(const switching::Command& command) {
  if (const auto* insert = std::get_if<switching::InsertConnection>(&command.what)) {
    return pipeline(insert->key.remote);
  }
  if (const auto* restore = std::get_if<switching::RestoreConnections>(&command.what)) {
    return pipeline(restore->page->connections[0].key.remote);
  }
  if (const auto* remove = std::get_if<switching::RemoveConnection>(&command.what)) {
    return pipeline(remove->key.remote);
  }
  const auto& simulation = *std::get<switching::SimulatePacket>(command.what).simulation;
  return *pipelines_[switching::steer({simulation.frame.data(), simulation.packet.length},
                                      simulation.packet.origin, pipelines_.size())];
}

switching::CommandDone Gateway::execute_on(switching::Pipeline& pipeline,
                                           switching::Command command) {
  command.id = next_command_++;
  pipeline.execute(command, *snapshot_, now_);
  collect_extras(pipeline);
  for (int run = 0; run < 1000; ++run) {
    for (const switching::WorkerEvent& event : events_.sent) {
      const auto* done = std::get_if<switching::CommandDone>(&event);
      if (done != nullptr && done->id == command.id) return *done;
    }
    maintain(pipeline);
  }
  throw std::logic_error("a command was never answered");
}

switching::CommandDone Gateway::execute(const switching::Command& command) {
  extras_.clear();
  if (!std::holds_alternative<switching::ResetNode>(command.what)) {
    return execute_on(owner_of(command), command);
  }
  switching::CommandDone all;
  for (const auto& pipeline : pipelines_) {
    const switching::CommandDone done = execute_on(*pipeline, command);
    all.done = all.done || done.done;
    all.count += done.count;
  }
  return all;
}

std::vector<switching::Connection> Gateway::connections(bool renumbered) {
  std::vector<switching::Connection> all;
  auto page = std::make_unique<switching::ConnectionPage>();
  page->renumbered = renumbered;
  for (const auto& pipeline : pipelines_) {
    do {
      execute_on(*pipeline, {0, switching::ListConnections{page.get()}});
      all.insert(all.end(), page->connections.begin(), page->connections.begin() + page->count);
    } while (page->cursor != 0);
  }
  return all;
}

Outcome Gateway::simulate(PacketBuilder builder, Origin origin) {
  Frame frame = builder.build();
  if (origin == Origin::network) set_macs(frame, mac_of(kRouter), kOutsideMac);
  if (origin == Origin::interconnect) set_macs(frame, mac_of(source_of(frame)), kInsideMac);
  return simulate(frame, origin, 0);
}

Outcome Gateway::simulate(const Frame& frame, Origin origin, NetworkIndex network) {
  auto simulation = std::make_unique<switching::Simulation>();
  std::copy(frame.bytes().begin(), frame.bytes().end(), simulation->frame.begin());
  simulation->packet.origin = origin;
  simulation->packet.network = network;
  simulation->packet.length = static_cast<std::uint16_t>(frame.size());
  execute({0, switching::SimulatePacket{simulation.get()}});
  const Packet& packet = simulation->packet;
  Outcome outcome{packet.verdict, packet.reason, packet.egress, {}, {}, packet};
  outcome.frame.assign(packet.frame, packet.frame + packet.length);
  outcome.text = describe(outcome.frame);
  return outcome;
}

}  // namespace encluster::test
