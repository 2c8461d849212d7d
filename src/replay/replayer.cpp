#include "replay/replayer.hpp"

#include <algorithm>
#include <limits>

#include "control/cluster_from_configuration.hpp"
#include "frame_text/frame_view.hpp"
#include "replay/recording.hpp"
#include "replay/timestamp.hpp"
#include "switching/steer.hpp"

namespace encluster::replay {

using frame_text::FrameView;

namespace {

constexpr std::size_t kTailroom = 256;
/// Destinations do not depend on the secret of the hash functions.
constexpr std::uint64_t kSeed = 0;
/// The worker's clock when the first frame comes.
constexpr Seconds kStart = 1000;
/// Longer silences pass in so many steps, whatever the timestamps say.
constexpr std::uint64_t kMaxSteps = 1000;

bool leaves(Verdict verdict) noexcept {
  return verdict == Verdict::forward || verdict == Verdict::answer || verdict == Verdict::copy;
}

bool is_fragment(const std::vector<std::byte>& frame) {
  const net::FrameKind kind = FrameView(frame).kind;
  return kind == net::FrameKind::first_fragment || kind == net::FrameKind::later_fragment;
}

std::optional<NodeId> slice_owner(const Packet& packet, const std::vector<std::byte>& received,
                                  const switching::Snapshot& snapshot) {
  if (packet.rule != Rule::slice || received.empty()) return std::nullopt;
  const FrameView before(received);
  const bool by_source = packet.reason == DropReason::foreign_slice ||
                         packet.origin == Origin::local_network ||
                         (packet.origin == Origin::interconnect && packet.egress != kInterconnect);
  return snapshot.slices.owner(by_source ? before.packet.source_port
                                         : before.packet.destination_port);
}

/// The node that a packet concerns, where a stage has found one.
std::optional<NodeId> node_of(const Packet& packet) noexcept {
  const bool found = packet.verdict != Verdict::drop || packet.rule != Rule::admission;
  if (!found || packet.reason == DropReason::dynamic_syn_denied) return std::nullopt;
  return packet.node;
}

}  // namespace

switching::ClusterState cluster_for(const control::Configuration& configuration,
                                    const Survey& survey) {
  switching::ClusterState state = control::cluster_from(configuration);
  for (std::size_t i = 0; i < state.networks.size(); ++i) {
    const auto index = static_cast<NetworkIndex>(i);
    state.networks[i].mac = survey.gateway.at(index);
    state.routes.push_back({configuration.networks[i].address, index, std::nullopt});
    if (const auto& gateway = configuration.networks[i].gateway) {
      state.routes.push_back({{Ipv4Address(), 0}, index, gateway});
    }
  }
  state.interconnect.mac = survey.gateway.at(kInterconnect);
  state.neighbours = survey.neighbours;
  return state;
}

Replayer::Replayer(const switching::ClusterState& state, const switching::PipelineLimits& limits,
                   std::size_t workers, const switching::PluginRegistry& plugins)
    : snapshot_(switching::SnapshotCompiler(plugins, workers).compile(state)),
      pool_(*this),
      counters_(std::make_unique<switching::Counters>()),
      now_(kStart) {
  for (std::size_t worker = 0; worker < workers; ++worker) {
    pipelines_.push_back(std::make_unique<switching::Pipeline>(
        limits, static_cast<WorkerId>(worker), kSeed, pool_, events_, *counters_));
  }
}

Replayer::~Replayer() = default;

bool Replayer::Pool::allocate(Packet& packet, std::uint16_t bytes) noexcept {
  auto buffer = std::make_unique<Buffer>();
  if (replayer_.current_ != nullptr) *buffer = *replayer_.current_;
  buffer->bytes.assign(bytes + kTailroom, std::byte{});
  packet.frame = buffer->bytes.data();
  packet.capacity = static_cast<std::uint16_t>(
      std::min<std::size_t>(buffer->bytes.size(), std::numeric_limits<std::uint16_t>::max()));
  packet.handle = buffer.get();
  replayer_.buffers_.emplace(buffer.get(), std::move(buffer));
  return true;
}

std::vector<Decision> Replayer::pass_until(std::uint64_t nanoseconds) {
  std::vector<Decision> decisions;
  if (time_ == 0) time_ = nanoseconds;
  const std::uint64_t seconds =
      nanoseconds / kNanosecondsPerSecond - std::min(nanoseconds, time_) / kNanosecondsPerSecond;
  time_ = std::max(time_, nanoseconds);
  if (seconds == 0) return decisions;
  const std::uint64_t stride = (seconds + kMaxSteps - 1) / kMaxSteps;
  maintain(seconds / stride, static_cast<Seconds>(stride), decisions);
  now_ += static_cast<Seconds>(seconds % stride);
  return decisions;
}

void Replayer::maintain(std::uint64_t steps, Seconds stride, std::vector<Decision>& decisions) {
  for (std::uint64_t step = 0; step < steps; ++step) {
    now_ += stride;
    for (const auto& pipeline : pipelines_) maintain(*pipeline, decisions);
  }
}

/// As often as the pipeline needs to see its whole table, as a worker's rounds would.
void Replayer::maintain(switching::Pipeline& pipeline, std::vector<Decision>& decisions) {
  constexpr std::uint32_t kBucketsAtOnce = 64;
  constexpr std::uint32_t kPasses = 4;
  const bool idle = pipeline.connections().size() == 0 && pipeline.announcements().size() == 0 &&
                    pipeline.held() == 0;
  if (idle) return;
  const std::uint32_t runs = pipeline.connections().bucket_count() / kBucketsAtOnce / kPasses + 2;
  for (std::uint32_t run = 0; run < runs; ++run) {
    pipeline.maintain(*snapshot_, now_);
    collect_emitted(pipeline, decisions, 0);
  }
}

switching::Pipeline& Replayer::owner_of(const Packet& packet) {
  return *pipelines_[switching::steer({packet.frame, packet.length}, packet.origin,
                                      pipelines_.size())];
}

std::vector<Decision> Replayer::receive(std::uint64_t number, const CapturedFrame& frame,
                                        Side side) {
  return feed(number, frame, side, side == kInterconnect ? Origin::interconnect : Origin::network);
}

std::vector<Decision> Replayer::from_kernel(std::uint64_t number, const CapturedFrame& frame,
                                            Side side) {
  return feed(number, frame, side,
              side == kInterconnect ? Origin::local_interconnect : Origin::local_network);
}

std::vector<Decision> Replayer::feed(std::uint64_t number, const CapturedFrame& frame, Side side,
                                     Origin origin) {
  std::vector<Decision> decisions = pass_until(frame.nanoseconds);
  Packet packet = adopt(number, frame, side, origin);
  current_ = static_cast<const Buffer*>(packet.handle);
  switching::Pipeline& pipeline = owner_of(packet);
  switch (origin) {
    case Origin::network:
      pipeline.from_network({&packet, 1}, *snapshot_, now_);
      break;
    case Origin::interconnect:
      pipeline.from_interconnect({&packet, 1}, *snapshot_, now_);
      break;
    case Origin::local_network:
    case Origin::local_interconnect:
      pipeline.from_local({&packet, 1}, *snapshot_, now_);
      break;
  }
  collect_emitted(pipeline, decisions, number);
  current_ = nullptr;
  decisions.push_back(decision_of(packet));
  return decisions;
}

Packet Replayer::adopt(std::uint64_t number, const CapturedFrame& frame, Side side, Origin origin) {
  auto buffer = std::make_unique<Buffer>();
  buffer->number = number;
  buffer->ingress = side;
  buffer->from_kernel = origin == Origin::local_network || origin == Origin::local_interconnect;
  buffer->received = restored(frame);
  buffer->kept = static_cast<std::uint32_t>(frame.bytes.size());
  buffer->bytes = buffer->received;
  buffer->bytes.resize(std::min<std::size_t>(kMaxFrame, buffer->bytes.size() + kTailroom));
  Packet packet;
  packet.frame = buffer->bytes.data();
  packet.handle = buffer.get();
  packet.length = static_cast<std::uint16_t>(buffer->received.size());
  packet.capacity = static_cast<std::uint16_t>(buffer->bytes.size());
  packet.origin = origin;
  packet.network = side == kInterconnect ? NetworkIndex{0} : side;
  buffers_.emplace(buffer.get(), std::move(buffer));
  return packet;
}

/// What has the number of the packet being replayed is a copy of it, or a piece.
void Replayer::collect_emitted(switching::Pipeline& pipeline, std::vector<Decision>& decisions,
                               std::uint64_t replayed) {
  for (const Packet& packet : pipeline.emitted()) {
    decisions.push_back(decision_of(packet));
    Decision& decision = decisions.back();
    const bool copied = decision.verdict == Verdict::forward && decision.number == replayed &&
                        replayed != 0 && !is_fragment(decision.sent);
    if (copied) decision.verdict = Verdict::copy;
  }
}

/// Forgets the packet's buffer unless the pipeline keeps it.
Decision Replayer::decision_of(const Packet& packet) {
  const auto place = buffers_.find(packet.handle);
  const bool kept = packet.verdict == Verdict::hold;
  Buffer buffer = kept ? *place->second : std::move(*place->second);
  Decision decision;
  decision.number = buffer.number;
  decision.nanoseconds = time_;
  decision.ingress = buffer.ingress;
  decision.from_kernel = buffer.from_kernel;
  decision.verdict = packet.verdict;
  decision.reason = packet.reason;
  decision.rule = packet.rule;
  decision.node = node_of(packet);
  decision.slice_owner = slice_owner(packet, buffer.received, *snapshot_);
  decision.service = packet.service;
  decision.egress = packet.egress;
  if (leaves(packet.verdict)) decision.sent.assign(packet.frame, packet.frame + packet.length);
  decision.received = std::move(buffer.received);
  decision.kept = buffer.kept;
  if (!kept) buffers_.erase(place);
  return decision;
}

}  // namespace encluster::replay
