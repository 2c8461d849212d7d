#include "switching/connection_table.hpp"

#include <cassert>

namespace encluster::switching {

namespace {

/// 2.1 records a bucket: cuckoo hashing with three records in each of two buckets works up to 2.87
/// (load 0.957), but the fuller the buckets are, the longer an insert searches for room: at 2.5,
/// more than twice as long. The spare buckets make up for the chances of small tables.
std::uint32_t buckets_for(std::uint32_t connections) noexcept {
  constexpr std::uint32_t kSpare = 4;
  return static_cast<std::uint32_t>(std::uint64_t{connections} * 10 / 21) + kSpare;
}

}  // namespace

ConnectionTable::ConnectionTable(const ConnectionLimits& limits, std::uint64_t seed,
                                 std::pmr::memory_resource* memory)
    : limits_(limits),
      bucket_count_(buckets_for(limits.connections)),
      hash_(seed),
      buckets_(bucket_count_, memory),
      by_node_(std::size_t{kMaxNodeId} + 1, memory) {}

ConnectionTable::InsertResult ConnectionTable::insert(const ConnectionKey& key, NodeId node,
                                                      PortNumber other_port, ServiceIndex service,
                                                      std::uint8_t flags,
                                                      Seconds deadline) noexcept {
  assert(node.value() <= kMaxNodeId);
  assert(!key.alias || key.alias_node == node);
  const Pattern pattern = pattern_of(key);
  const Slot slot = slot_of(pattern);
  if (Connection* existing = find(key, slot)) return {Insert::exists, existing};
  if (size_ >= limits_.connections) return {Insert::table_full, nullptr};
  const bool embryonic = (flags & connection_flag::answered) == 0;
  if (embryonic && embryonic_ >= limits_.embryonic) return {Insert::embryonic_full, nullptr};

  Connection* room = make_room(slot);
  if (room == nullptr) return {Insert::table_full, nullptr};
  *room = {.remote = key.remote.value(),
           .remote_port = key.remote_port.value(),
           .cluster_port = key.cluster_port.value(),
           .node = node.value(),
           .other_port = other_port.value(),
           .deadline = deadline,
           .service = service,
           .flags = flags,
           .kind = pattern.kind};
  if (bucket_of(*room) != slot.first) ++buckets_[slot.first].sent_away;
  ++size_;
  if (embryonic) ++embryonic_;
  count(*room, 1);
  return {Insert::done, room};
}

void ConnectionTable::erase(Connection& connection) noexcept {
  assert(connection.kind != 0);
  const Slot slot = slot_of(key_of(connection));
  if (bucket_of(connection) != slot.first) --buckets_[slot.first].sent_away;
  --size_;
  if (connection.embryonic()) --embryonic_;
  count(connection, ~std::uint32_t{0});
  connection = Connection{};
}

void ConnectionTable::set_flags(Connection& connection, std::uint8_t flags) noexcept {
  if (connection.embryonic()) --embryonic_;
  connection.flags = flags;
  if (connection.embryonic()) ++embryonic_;
}

void ConnectionTable::reassign(Connection& connection, NodeId node, PortNumber other_port,
                               ServiceIndex service) noexcept {
  assert((connection.kind & kAliasBit) == 0);
  assert(node.value() <= kMaxNodeId);
  count(connection, ~std::uint32_t{0});
  connection.node = node.value();
  connection.other_port = other_port.value();
  connection.service = service;
  count(connection, 1);
}

ConnectionKey ConnectionTable::key_of(const Connection& connection) const noexcept {
  const bool alias = (connection.kind & kAliasBit) != 0;
  return {.remote = Ipv4Address(connection.remote),
          .remote_port = PortNumber(connection.remote_port),
          .cluster_port = PortNumber(connection.cluster_port),
          .protocol = static_cast<Protocol>(connection.kind & ~kAliasBit),
          .alias = alias,
          .alias_node = alias ? NodeId(connection.node) : NodeId{}};
}

Connection* ConnectionTable::free_in(Bucket& bucket) noexcept {
  for (Connection& record : bucket.records) {
    if (record.kind == 0) return &record;
  }
  return nullptr;
}

std::uint32_t ConnectionTable::bucket_of(const Connection& record) const noexcept {
  const auto* const base = reinterpret_cast<const std::byte*>(buckets_.data());
  const auto offset = reinterpret_cast<const std::byte*>(&record) - base;
  return static_cast<std::uint32_t>(static_cast<std::size_t>(offset) / sizeof(Bucket));
}

std::uint32_t ConnectionTable::other_bucket(const Connection& record,
                                            std::uint32_t bucket) const noexcept {
  const Slot slot = slot_of(key_of(record));
  return slot.first == bucket ? slot.second : slot.first;
}

/// Moves a record to a free place in its other bucket.
void ConnectionTable::move(Connection& from, Connection& to) noexcept {
  const std::uint32_t first = slot_of(key_of(from)).first;
  if (bucket_of(from) == first) {
    ++buckets_[first].sent_away;
  } else {
    --buckets_[first].sent_away;
  }
  to = from;
}

/// A free record in one of the two buckets, made by moving others where there is none; or null.
///
/// Searches breadth first for the shortest chain of moves that ends at a free record. A shortest
/// chain never passes a bucket twice (what lies between could be left out), so carrying it out from
/// its free end moves each record to where the search saw room for it.
Connection* ConnectionTable::make_room(Slot slot) noexcept {
  if (Connection* room = free_in(buckets_[slot.first])) return room;
  if (Connection* room = free_in(buckets_[slot.second])) return room;

  struct Step {
    std::uint32_t bucket;
    std::uint16_t parent;  ///< the step whose record would move to this bucket
    std::uint16_t record;  ///< its position there
  };
  constexpr std::size_t kMaxSteps = 256;
  constexpr std::uint16_t kRoots = 2;
  std::array<Step, kMaxSteps> steps;
  steps[0] = {slot.first, 0, 0};
  steps[1] = {slot.second, 0, 0};
  std::size_t known = kRoots;

  for (std::uint16_t at = 0; at < known; ++at) {
    // All are fetched before the first is looked into: far apart, each is a line of its own.
    std::array<std::uint32_t, kRecordsPerBucket> others;
    for (std::size_t i = 0; i < kRecordsPerBucket; ++i) {
      others[i] = other_bucket(buckets_[steps[at].bucket].records[i], steps[at].bucket);
      __builtin_prefetch(&buckets_[others[i]]);
    }
    for (std::uint16_t i = 0; i < kRecordsPerBucket; ++i) {
      if (Connection* room = free_in(buckets_[others[i]])) {
        Connection* record = &buckets_[steps[at].bucket].records[i];
        move(*record, *room);
        for (std::uint16_t back = at; back >= kRoots; back = steps[back].parent) {
          Connection* previous =
              &buckets_[steps[steps[back].parent].bucket].records[steps[back].record];
          move(*previous, *record);
          record = previous;
        }
        return record;
      }
      if (known < kMaxSteps) steps[known++] = {others[i], at, i};
    }
  }
  return nullptr;
}

/// Adds `change` (modulo 2^32) to the connections of the record's node.
void ConnectionTable::count(const Connection& record, std::uint32_t change) noexcept {
  const bool counted = record.service != kNoService && (record.kind & kAliasBit) == 0;
  if (counted) by_node_[record.node] += change;
}

}  // namespace encluster::switching
