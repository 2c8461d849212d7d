#include "fuzz/story_checks.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>

#include "fuzz/finding.hpp"
#include "fuzz/frame_repair.hpp"
#include "fuzz/leak.hpp"
#include "support/packet_inspect.hpp"

namespace encluster::fuzz {

namespace {

using switching::Connection;
using switching::ConnectionTable;
using test::Outcome;

std::vector<Connection> records_of(const ConnectionTable& table) {
  std::vector<Connection> records;
  (void)table.list(0, table.bucket_count(), [&](const Connection& record) {
    records.push_back(record);
    return true;
  });
  return records;
}

bool sent(const Outcome& outcome) {
  return outcome.verdict == Verdict::forward || outcome.verdict == Verdict::answer;
}

const net::EthernetHeader& ethernet_of(const Outcome& outcome) {
  require(outcome.frame.size() >= sizeof(net::EthernetHeader), "half a frame is sent");
  return *reinterpret_cast<const net::EthernetHeader*>(outcome.frame.data());
}

Ipv4Address destination_of(const Outcome& outcome) {
  const std::size_t header = sizeof(net::EthernetHeader);
  require(outcome.frame.size() >= header + sizeof(net::Ipv4Header), "half a datagram is sent");
  return Ipv4Address(
      reinterpret_cast<const net::Ipv4Header*>(outcome.frame.data() + header)->destination);
}

bool is_kernels(const Outcome& outcome) {
  return outcome.packet.origin == Origin::local_network ||
         outcome.packet.origin == Origin::local_interconnect;
}

void check_outside(const Outcome& outcome, const switching::Snapshot& snapshot) {
  require(outcome.egress < snapshot.networks.size(), "sent to a network that is none");
  const auto& network = snapshot.networks[outcome.egress];
  const auto leak = leak_in(outcome.frame, network.address.address, snapshot.interconnect.address);
  if (leak) report(*leak + " and leaves: " + outcome.text);
  require(ethernet_of(outcome).source == network.mac, "leaves with a foreign MAC address");
  if (outcome.verdict == Verdict::answer || is_kernels(outcome)) return;
  const MacAddress* next = snapshot.neighbour(outcome.egress, outcome.packet.next_hop);
  require(next != nullptr && ethernet_of(outcome).destination == *next,
          "leaves to another MAC address than the next hop's");
}

void check_inside(const Outcome& outcome, const switching::Snapshot& snapshot) {
  require(outcome.egress == kInterconnect, "sent to no device");
  if (is_kernels(outcome)) return;
  const Ipv4Address to = destination_of(outcome);
  if (snapshot.node_by_address.find(to.value()) == nullptr) report("to no node: " + outcome.text);
  require(ethernet_of(outcome).source == snapshot.interconnect.mac,
          "goes inside with a foreign MAC address");
  if (outcome.verdict == Verdict::answer) return;
  const MacAddress* node = snapshot.neighbour(kInterconnect, to);
  require(node != nullptr && ethernet_of(outcome).destination == *node,
          "goes inside to another MAC address than the node's");
}

bool is_fragment(std::span<const std::byte> frame) {
  const std::size_t at = sizeof(net::EthernetHeader);
  if (frame.size() < at + sizeof(net::Ipv4Header)) return false;
  const auto& ip = *reinterpret_cast<const net::Ipv4Header*>(frame.data() + at);
  return (ip.flags_and_offset.host() & (net::kMoreFragments | net::kFragmentOffsetMask)) != 0;
}

/// Reasons that depend on room, which a simulation does not take.
bool is_bound(DropReason reason) {
  return reason == DropReason::connection_table_full || reason == DropReason::embryonic_full ||
         reason == DropReason::syn_flood || reason == DropReason::hold_full ||
         reason == DropReason::rate_limited || reason == DropReason::fragment_limit ||
         reason == DropReason::no_buffer;
}

std::string shown(const Outcome& outcome) {
  return std::to_string(static_cast<int>(outcome.verdict)) + " (" +
         std::string(name_of(outcome.reason)) + ") to " + std::to_string(outcome.egress) + ": " +
         outcome.text;
}

auto key_of(const Connection& record) {
  const bool alias = (record.kind & 0x80) != 0;
  return std::tuple(record.remote, record.remote_port, record.cluster_port, record.kind,
                    alias ? record.node : std::uint16_t{0});
}

}  // namespace

Observed Observed::of(test::Gateway& gateway) {
  Observed observed;
  observed.connections = records_of(gateway.pipeline().connections());
  const auto* counters = reinterpret_cast<const std::byte*>(&gateway.counters());
  observed.counters.assign(counters, counters + sizeof(switching::Counters));
  observed.announcements = gateway.pipeline().announcements().size();
  observed.held = gateway.pipeline().held();
  return observed;
}

bool same(const Observed& before, const Observed& after) {
  return before.connections.size() == after.connections.size() &&
         (before.connections.empty() ||
          std::memcmp(before.connections.data(), after.connections.data(),
                      before.connections.size() * sizeof(Connection)) == 0) &&
         before.counters == after.counters && before.announcements == after.announcements &&
         before.held == after.held;
}

void check_outcome(const Outcome& outcome, const switching::Snapshot& snapshot) {
  require(outcome.verdict != Verdict::pending && outcome.verdict != Verdict::copy,
          "no final verdict");
  if (outcome.verdict == Verdict::drop) {
    require(outcome.reason != DropReason::none, "dropped without a reason");
  }
  if (!sent(outcome)) return;
  if (outcome.egress == kInterconnect) {
    check_inside(outcome, snapshot);
  } else {
    check_outside(outcome, snapshot);
  }
}

void check_checksums(const test::Frame& received, const Outcome& outcome) {
  if (!sent(outcome) && outcome.verdict != Verdict::local) return;
  if (has_other_zero(received.bytes())) return;
  const bool replied = outcome.verdict == Verdict::answer || outcome.reason != DropReason::none;
  const bool before = replied || test::checksums_ok(received.bytes());
  if (test::checksums_ok(outcome.frame) == before) return;
  // What was divided shows nothing of its checksum.
  if (!before && is_fragment(outcome.frame)) return;
  report((before ? "a right checksum became wrong: " : "a wrong checksum became right: ") +
         test::describe(received.bytes()) + " became " + outcome.text);
}

void check_prediction(const Outcome& predicted, const Outcome& real) {
  // A simulation divides nothing, and follows no datagram from fragment to fragment.
  if (is_bound(real.reason) || is_fragment(real.frame)) return;
  const bool leaves = sent(real) || real.verdict == Verdict::local;
  const bool same = predicted.verdict == real.verdict && predicted.reason == real.reason &&
                    (!sent(real) || predicted.egress == real.egress) &&
                    (!leaves || predicted.frame == real.frame);
  if (!same) report("simulated " + shown(predicted) + ", became " + shown(real));
}

void check_table(const ConnectionTable& table) {
  const auto records = records_of(table);
  require(records.size() == table.size(), "size() is not the number of records");
  std::vector<std::uint32_t> by_node(kMaxNodeId + std::size_t{1});
  std::uint32_t embryonic = 0;
  for (const Connection& record : records) {
    const bool alias = (record.kind & 0x80) != 0;
    if (record.embryonic()) ++embryonic;
    if (!alias && record.service != kNoService) ++by_node.at(record.node);
  }
  require(embryonic == table.embryonic(), "embryonic() is not their number");
  require(std::ranges::equal(by_node, table.by_node()), "by_node() is not their numbers");
  auto keys = records;
  std::ranges::sort(keys, {}, key_of);
  const auto twin = std::ranges::adjacent_find(keys, {}, key_of);
  require(twin == keys.end(), "two records have one key");
}

}  // namespace encluster::fuzz
