#include "support/gateway.hpp"

#include <array>
#include <stdexcept>
#include <utility>
#include <variant>

#include "login/login.hpp"
#include "switching/slices.hpp"

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
      compiler_(with_login(std::move(plugins)), 1),
      pool_(*this),
      counters_(std::make_unique<switching::Counters>()) {
  pipeline_ = std::make_unique<switching::Pipeline>(limits, WorkerId{0}, 0x5eed, pool_, events_,
                                                    *counters_);
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
  if (buffers_.size() != pipeline_->held()) throw std::logic_error("a buffer was lost");
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

void Gateway::collect_extras() {
  for (const Packet& packet : pipeline_->emitted()) extras_.push_back(finish(packet));
}

std::vector<Outcome> Gateway::receive_burst(std::vector<Frame> frames, Origin origin,
                                            NetworkIndex network) {
  std::vector<Packet> packets;
  for (Frame& frame : frames) packets.push_back(adopt(std::move(frame), origin, network));
  extras_.clear();
  switch (origin) {
    case Origin::network:
      pipeline_->from_network(packets, *snapshot_, now_);
      break;
    case Origin::interconnect:
      pipeline_->from_interconnect(packets, *snapshot_, now_);
      break;
    case Origin::local_network:
    case Origin::local_interconnect:
      pipeline_->from_local(packets, *snapshot_, now_);
      break;
  }
  collect_extras();
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
    const std::uint32_t runs = pipeline_->connections().bucket_count() / 64 / 4 + 2;
    for (std::uint32_t run = 0; run < runs; ++run) {
      pipeline_->maintain(*snapshot_, now_);
      collect_extras();
    }
    check_buffers();
  }
  return extras_;
}

switching::CommandDone Gateway::execute(switching::Command command) {
  command.id = next_command_++;
  extras_.clear();
  pipeline_->execute(command, *snapshot_, now_);
  collect_extras();
  for (int run = 0; run < 1000; ++run) {
    for (const switching::WorkerEvent& event : events_.sent) {
      const auto* done = std::get_if<switching::CommandDone>(&event);
      if (done != nullptr && done->id == command.id) return *done;
    }
    pipeline_->maintain(*snapshot_, now_);
    collect_extras();
  }
  throw std::logic_error("a command was never answered");
}

std::vector<switching::Connection> Gateway::connections() {
  std::vector<switching::Connection> all;
  auto page = std::make_unique<switching::ConnectionPage>();
  do {
    execute({0, switching::ListConnections{page.get()}});
    all.insert(all.end(), page->connections.begin(), page->connections.begin() + page->count);
  } while (page->cursor != 0);
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
