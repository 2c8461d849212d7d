#include "fuzz/story.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "fuzz/finding.hpp"
#include "fuzz/story_checks.hpp"
#include "support/packet_inspect.hpp"
#include "support/scripted_service.hpp"

namespace encluster::fuzz {

namespace {

constexpr std::size_t kMaxSteps = 400;
constexpr Seconds kSilence = 120;
constexpr std::uint32_t kRecords = 12;
constexpr std::uint8_t kNodes = 4;  ///< with the gateway

switching::PipelineLimits tiny_limits() {
  switching::PipelineLimits limits;
  limits.connections = {kRecords, 6};
  limits.announcements = 3;
  limits.fragments = {.datagrams = 8, .sender_datagrams = 5, .waiting = 6, .sender_waiting = 4};
  limits.flood = {.syn_rate = 2, .filter_cells = 4};
  return limits;
}

StoryCluster opening(Input& input) {
  StoryCluster cluster;
  cluster.on = input.byte();
  cluster.verdict = input.byte();
  return cluster;
}

constexpr std::array kProtocols{Protocol::tcp, Protocol::udp, Protocol::icmp};
constexpr std::array kRemotes{test::kRemote, test::kFarRemote, test::kCluster, kSecondRemote};

PortNumber few_ports(Input& input) {
  constexpr auto kPorts = std::to_array<std::uint16_t>({513, 514, 1023, 1022, 5000, 999});
  return PortNumber(input.one_of(kPorts));
}

}  // namespace

Story::Story(Input input)
    : input_(input),
      cluster_(opening(input_)),
      gateway_(cluster_.state(), tiny_limits(), {{"scripted", &test::make_scripted}}) {}

void Story::play() {
  for (std::size_t steps = 0; steps < kMaxSteps && !input_.empty(); ++steps) {
    step();
    check_table(gateway_.pipeline().connections());
  }
  end_burst();
  check_table(gateway_.pipeline().connections());
  // As long as there are connections, the gateway asks for them, and what it asks may wait.
  for (std::uint8_t node = 0; node < kNodes; ++node) reset(node);
  require(gateway_.pipeline().connections().size() == 0, "a connection of no node");
  gateway_.pass(8);
  check_extras();
  require(gateway_.buffers_kept() == 0, "a packet waits for ever");
}

void Story::step() {
  const Act act{static_cast<std::uint8_t>(input_.byte() % static_cast<unsigned>(Act::count_))};
  if (act == Act::message) return add(read_message(input_));
  if (act == Act::frame) return add(read_frame(input_));
  end_burst();
  switch (act) {
    case Act::time:
      return let_time_pass(input_.byte());
    case Act::toggle:
      return toggle(input_.byte());
    case Act::buffers:
      exhausted_ = !exhausted_;
      return gateway_.exhaust_buffers(exhausted_);
    case Act::insert:
      return insert();
    case Act::remove:
      return remove();
    case Act::reset:
      return reset(input_.byte());
    case Act::message:
    case Act::frame:
    case Act::count_:
      return;
  }
}

void Story::add(StoryPacket packet) {
  if (packet.network >= gateway_.snapshot().networks.size()) packet.network = 0;
  if (!test::checksums_ok(packet.frame.bytes())) all_checksums_right_ = false;
  if (!burst_.empty() &&
      (burst_[0].origin != packet.origin || burst_[0].network != packet.network)) {
    end_burst();
  }
  const bool more = packet.more;
  burst_.push_back(std::move(packet));
  if (!more || burst_.size() == kMaxBurst) end_burst();
}

void Story::end_burst() {
  if (burst_.size() == 1) {
    receive_one(std::move(burst_[0]));
  } else if (burst_.size() > 1) {
    receive_burst();
  }
  burst_.clear();
}

void Story::receive_one(StoryPacket packet) {
  const test::Frame received = packet.frame;
  const Observed before = Observed::of(gateway_);
  const auto& table = gateway_.pipeline().connections();
  const std::uint32_t records = table.size();
  const test::Outcome predicted = gateway_.simulate(received, packet.origin, packet.network);
  require(gateway_.extras().empty(), "a simulation emitted packets");
  require(same(before, Observed::of(gateway_)), "a simulation changed something");

  const test::Outcome real =
      gateway_.receive(std::move(packet.frame), packet.origin, packet.network);
  check_outcome(real, gateway_.snapshot());
  check_checksums(received, real);
  // A simulation does not try whether a table that is nearly full takes one or two records more.
  const bool full = records + 2 > kRecords;
  if (!full) check_prediction(predicted, real);
  check_extras();
}

void Story::receive_burst() {
  std::vector<test::Frame> frames;
  for (const StoryPacket& packet : burst_) frames.push_back(packet.frame);
  const auto outcomes =
      gateway_.receive_burst(std::move(frames), burst_[0].origin, burst_[0].network);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    check_outcome(outcomes[i], gateway_.snapshot());
    check_checksums(burst_[i].frame, outcomes[i]);
  }
  check_extras();
}

void Story::let_time_pass(std::uint8_t choice) {
  if (choice >= 0xc0) gateway_.skip(kSilence * (choice - 0xbfu));
  gateway_.pass(1 + choice % 16u);
  check_extras();
}

void Story::toggle(std::uint8_t choice) {
  if (choice == kToggleRecovering) {
    cluster_.recovering = !cluster_.recovering;
  } else {
    cluster_.on.flip(choice % kToggles);
  }
  // The devices are opened at start: no network comes or goes while packets wait for it.
  if (cluster_.on[0] != (gateway_.snapshot().networks.size() == 2)) cluster_.on.flip(0);
  gateway_.change([&](switching::ClusterState& state) { state = cluster_.state(); });
}

switching::ConnectionKey Story::read_key() {
  switching::ConnectionKey key;
  key.protocol = input_.one_of(kProtocols);
  key.remote = input_.one_of(kRemotes);
  if (key.protocol != Protocol::icmp) key.remote_port = few_ports(input_);
  key.cluster_port = few_ports(input_);
  return key;
}

void Story::insert() {
  switching::InsertConnection command;
  command.key = read_key();
  command.node = NodeId(input_.byte() % kNodes);
  command.node_port = few_ports(input_);
  const std::uint8_t flags = input_.byte();
  command.flags = flags & 0x7f;
  if (flags != command.flags) return report_connection(command);
  gateway_.execute({0, command});
  check_extras();
}

/// The same, told by the node instead of known by the control thread.
void Story::report_connection(const switching::InsertConnection& command) {
  const auto page = std::make_unique<switching::ReportPage>();
  page->node = command.node;
  page->count = 1;
  page->connections[0] = {command.key, command.node_port, command.flags};
  page->connections[0].key.protocol = Protocol::tcp;
  const switching::CommandDone done =
      gateway_.execute({0, switching::RestoreConnections{page.get()}});
  require(done.count + page->conflicts + page->refused <= 1, "a connection counted twice");
  const auto all = gateway_.connections();
  const bool recorded = std::ranges::any_of(all, [&](const switching::Connection& connection) {
    return connection.remote == command.key.remote.value() &&
           connection.remote_port == command.key.remote_port.value() &&
           connection.cluster_port == command.key.cluster_port.value() &&
           connection.node == command.node.value();
  });
  require(done.count == 0 || recorded, "a connection that was restored is not the node's");
  check_extras();
}

void Story::remove() {
  gateway_.execute({0, switching::RemoveConnection{read_key()}});
  check_extras();
}

void Story::reset(std::uint8_t node) {
  gateway_.execute({0, switching::ResetNode{NodeId(node % kNodes)}});
  check_extras();
}

void Story::check_extras() {
  for (const test::Outcome& outcome : gateway_.extras()) {
    check_outcome(outcome, gateway_.snapshot());
    const bool sent = outcome.verdict == Verdict::forward || outcome.verdict == Verdict::answer;
    if (sent && all_checksums_right_ && !test::checksums_ok(outcome.frame)) {
      report("sent with a wrong checksum: " + outcome.text);
    }
  }
}

}  // namespace encluster::fuzz
