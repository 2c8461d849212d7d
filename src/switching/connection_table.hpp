// The one table of connections: class D (a remote's, to a service on many nodes), class E (a
// node's, from outside its slice), learnt UDP ports and echo identifiers.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <span>
#include <vector>

#include "encluster/types.hpp"
#include "switching/keyed_hash.hpp"

namespace encluster::switching {

/// What the table is asked for. For TCP and UDP: remote, the remote's port and the cluster's port.
/// For echo: remote and identifier (as `cluster_port`).
///
/// A connection whose node uses another port than the cluster shows has a second, *alias* record,
/// found by the node's port and the node: that is how outbound packets find the cluster's port.
struct ConnectionKey {
  Ipv4Address remote{};
  PortNumber remote_port{};
  PortNumber cluster_port{};  ///< of an alias: the node's port
  Protocol protocol = Protocol::tcp;
  bool alias = false;
  NodeId alias_node{};  ///< of an alias; otherwise 0

  friend bool operator==(const ConnectionKey&, const ConnectionKey&) = default;
};

/// Life of a TCP connection as the gateway sees it. UDP and echo use `answered` alone.
namespace connection_flag {
inline constexpr std::uint8_t answered = 0x01;        ///< by the remote: no longer embryonic
inline constexpr std::uint8_t fin_remote = 0x02;      ///< the remote sent its FIN
inline constexpr std::uint8_t fin_node = 0x04;        ///< the node sent its FIN
inline constexpr std::uint8_t reset = 0x08;           ///< a RST was seen; data may yet disprove it
inline constexpr std::uint8_t opened_by_node = 0x10;  ///< class E
inline constexpr std::uint8_t probed = 0x20;         ///< the node was asked whether it still has it
inline constexpr std::uint8_t reset_by_node = 0x40;  ///< the RST is the node's: beyond doubt
}  // namespace connection_flag

/// One record, 20 bytes; three share a cache line.
struct Connection {
  std::uint32_t remote = 0;
  std::uint16_t remote_port = 0;
  std::uint16_t cluster_port = 0;
  std::uint16_t node = 0;
  /// The port on the node's side; of an alias: the port the cluster shows.
  std::uint16_t other_port = 0;
  Seconds deadline = 0;
  ServiceIndex service = kNoService;
  std::uint8_t flags = 0;
  std::uint8_t kind = 0;  ///< protocol, of an alias plus 0x80; 0 marks a free record

  [[nodiscard]] bool has(std::uint8_t wanted) const noexcept { return (flags & wanted) == wanted; }
  [[nodiscard]] bool embryonic() const noexcept { return (flags & connection_flag::answered) == 0; }
};
static_assert(sizeof(Connection) == 20);

struct ConnectionLimits {
  std::uint32_t connections = 1u << 20;  ///< records, aliases included
  std::uint32_t embryonic = 1u << 16;    ///< of these, handshakes that are not over

  /// How many of the embryonic ones may be strangers': remotes' to services. A quarter is kept for
  /// connections that nodes opened or announced, so that a flood from outside leaves them room.
  [[nodiscard]] std::uint32_t strangers() const noexcept { return embryonic - embryonic / 4; }
};

/// Private to one worker; not thread-safe. Exact: a key is found if and only if it was inserted and
/// not erased. At most 32 bytes a connection at the configured limit (from some 3000 on),
/// all allocated at construction.
///
/// Cuckoo hashing (Pagh, Rodler 2001) with buckets of one cache line, three records each: a record
/// lives in the first of its key's two buckets or, where that was full, in the second. A bucket
/// counts the records that it had to send away, so that a look-up touches the second line only
/// where some were. The hash is seeded, so that remotes cannot aim at a bucket.
///
/// Pointers to records stay valid until the next insert(), and until the record is erased.
class ConnectionTable {
 public:
  enum class Insert : std::uint8_t { done, exists, table_full, embryonic_full };
  struct InsertResult {
    Insert outcome;
    Connection* connection;  ///< the new or the existing record; null if full
  };

  /// @param seed secret of the hash function
  /// @param memory holds the records; a data path passes huge pages
  ConnectionTable(const ConnectionLimits& limits, std::uint64_t seed,
                  std::pmr::memory_resource* memory = std::pmr::get_default_resource());
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  /// A key's two buckets, never the same. Computed once, then prefetched and looked up.
  struct Slot {
    std::uint32_t first;
    std::uint32_t second;
  };
  [[nodiscard]] Slot slot_of(const ConnectionKey& key) const noexcept;
  void prefetch(Slot slot) const noexcept;
  [[nodiscard]] Connection* find(const ConnectionKey& key, Slot slot) noexcept;
  [[nodiscard]] Connection* find(const ConnectionKey& key) noexcept {
    return find(key, slot_of(key));
  }

  /// Adds a record (with `flags` as given; embryonic without `answered`), unless the key exists.
  /// Moves at most a few records; where that makes no room, which is not to be expected below the
  /// limit, the table is full too. @pre node is at most kMaxNodeId.
  InsertResult insert(const ConnectionKey& key, NodeId node, PortNumber other_port,
                      ServiceIndex service, std::uint8_t flags, Seconds deadline) noexcept;
  /// @pre the record belongs to this table.
  void erase(Connection& connection) noexcept;

  /// Changes flags and keeps the count of embryonic records right. All flag changes go this way.
  void set_flags(Connection& connection, std::uint8_t flags) noexcept;
  /// Gives the record to another node (a claim on a lingering connection), and keeps the counts.
  /// @pre not an alias, whose node is part of its key: erase that and insert another.
  void reassign(Connection& connection, NodeId node, PortNumber other_port,
                ServiceIndex service) noexcept;

  [[nodiscard]] ConnectionKey key_of(const Connection& connection) const noexcept;

  /// Visits the next `buckets` buckets round robin (each once at most) and calls
  /// `expired(Connection&)` for each record whose deadline is before `now`. The callee sets a new
  /// deadline or returns true to erase. It may erase other records, and must not insert.
  template <typename Expired>
  void sweep(std::size_t buckets, Seconds now, Expired&& expired);

  /// Calls `visit(const Connection&)` for the records of at most `buckets` buckets from bucket
  /// `cursor` on, until `visit` returned false or the end; returns the cursor to continue from, or
  /// 0 at the end. A bucket is visited whole: up to two calls more after the false one. Records
  /// that move between calls may be missed or seen twice.
  template <typename Visit>
  [[nodiscard]] std::uint32_t list(std::uint32_t cursor, std::uint32_t buckets,
                                   Visit&& visit) const;

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t embryonic() const noexcept { return embryonic_; }
  [[nodiscard]] bool has_embryonic_room() const noexcept { return embryonic_ < limits_.embryonic; }
  /// @param leaving embryonic ones that will be gone by then
  [[nodiscard]] bool has_room_for_strangers(std::uint32_t leaving = 0) const noexcept {
    return embryonic_ - leaving < limits_.strangers();
  }
  [[nodiscard]] std::uint32_t bucket_count() const noexcept { return bucket_count_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return buckets_.size() * sizeof(Bucket) + by_node_.size() * sizeof(by_node_[0]);
  }
  /// Connections with a service, aliases excluded, by node: what "least connections" compares.
  /// Index: NodeId, kMaxNodeId + 1 long.
  [[nodiscard]] std::span<const std::uint32_t> by_node() const noexcept { return by_node_; }

 private:
  static constexpr std::size_t kRecordsPerBucket = 3;
  static constexpr std::uint8_t kAliasBit = 0x80;

  struct alignas(64) Bucket {
    std::array<Connection, kRecordsPerBucket> records;
    std::uint32_t sent_away = 0;  ///< records elsewhere for which this is the first bucket
  };
  static_assert(sizeof(Bucket) == 64);

  /// A key in the shape of the records, to be compared word by word.
  struct Pattern {
    std::uint64_t endpoints;  ///< as the first eight bytes of a record
    std::uint16_t node;
    std::uint16_t node_mask;  ///< all ones where the node is part of the key
    std::uint8_t kind;
  };

  static Pattern pattern_of(const ConnectionKey& key) noexcept;
  static bool matches(const Connection& record, const Pattern& pattern) noexcept;
  static Connection* find_in(Bucket& bucket, const Pattern& pattern) noexcept;
  static Connection* free_in(Bucket& bucket) noexcept;

  [[nodiscard]] Slot slot_of(const Pattern& pattern) const noexcept;
  [[nodiscard]] std::uint32_t bucket_of(const Connection& record) const noexcept;
  [[nodiscard]] std::uint32_t other_bucket(const Connection& record,
                                           std::uint32_t bucket) const noexcept;
  void move(Connection& from, Connection& to) noexcept;
  Connection* make_room(Slot slot) noexcept;
  void count(const Connection& record, std::uint32_t change) noexcept;

  ConnectionLimits limits_;
  std::uint32_t bucket_count_;
  KeyedHash hash_;
  std::pmr::vector<Bucket> buckets_;
  std::pmr::vector<std::uint32_t> by_node_;
  std::uint32_t size_ = 0;
  std::uint32_t embryonic_ = 0;
  std::uint32_t sweep_cursor_ = 0;
};

inline ConnectionTable::Pattern ConnectionTable::pattern_of(const ConnectionKey& key) noexcept {
  static_assert(offsetof(Connection, node) == sizeof(Pattern::endpoints));
  struct Endpoints {
    std::uint32_t remote;
    std::uint16_t remote_port;
    std::uint16_t cluster_port;
  };
  const Endpoints endpoints{key.remote.value(), key.remote_port.value(), key.cluster_port.value()};
  return {
      .endpoints = std::bit_cast<std::uint64_t>(endpoints),
      .node = key.alias_node.value(),
      .node_mask = static_cast<std::uint16_t>(key.alias ? 0xffff : 0),
      .kind = static_cast<std::uint8_t>(static_cast<unsigned>(key.protocol) |
                                        (key.alias ? kAliasBit : 0u)),
  };
}

inline bool ConnectionTable::matches(const Connection& record, const Pattern& pattern) noexcept {
  std::uint64_t endpoints;
  std::memcpy(&endpoints, &record, sizeof(endpoints));
  // One condition without branches: which of three records matches cannot be predicted.
  return ((endpoints ^ pattern.endpoints) |
          static_cast<std::uint64_t>((record.node ^ pattern.node) & pattern.node_mask) |
          static_cast<std::uint64_t>(record.kind ^ pattern.kind)) == 0;
}

inline Connection* ConnectionTable::find_in(Bucket& bucket, const Pattern& pattern) noexcept {
  unsigned found = 0;
  for (std::size_t i = 0; i < kRecordsPerBucket; ++i) {
    found |= static_cast<unsigned>(matches(bucket.records[i], pattern)) << i;
  }
  return found == 0 ? nullptr : &bucket.records[static_cast<std::size_t>(std::countr_zero(found))];
}

inline ConnectionTable::Slot ConnectionTable::slot_of(const Pattern& pattern) const noexcept {
  const std::uint64_t hash = hash_(
      pattern.endpoints, std::uint64_t{pattern.kind} << 16 | (pattern.node & pattern.node_mask));
  const auto first = static_cast<std::uint32_t>((hash >> 32) * bucket_count_ >> 32);
  const auto other = static_cast<std::uint32_t>((hash & 0xffffffff) * (bucket_count_ - 1) >> 32);
  return {first, other + (other >= first ? 1u : 0u)};
}

inline ConnectionTable::Slot ConnectionTable::slot_of(const ConnectionKey& key) const noexcept {
  return slot_of(pattern_of(key));
}

inline void ConnectionTable::prefetch(Slot slot) const noexcept {
  // The second line too: one in seven records lies there, and to wait for it costs more than to
  // fetch it in vain.
  __builtin_prefetch(&buckets_[slot.first]);
  __builtin_prefetch(&buckets_[slot.second]);
}

inline Connection* ConnectionTable::find(const ConnectionKey& key, Slot slot) noexcept {
  const Pattern pattern = pattern_of(key);
  Bucket& first = buckets_[slot.first];
  Connection* found = find_in(first, pattern);
  if (found != nullptr || first.sent_away == 0) return found;
  return find_in(buckets_[slot.second], pattern);
}

template <typename Expired>
void ConnectionTable::sweep(std::size_t buckets, Seconds now, Expired&& expired) {
  for (std::size_t left = std::min<std::size_t>(buckets, bucket_count_); left != 0; --left) {
    for (Connection& record : buckets_[sweep_cursor_].records) {
      if (record.kind != 0 && record.deadline < now && expired(record)) erase(record);
    }
    sweep_cursor_ = sweep_cursor_ + 1 == bucket_count_ ? 0 : sweep_cursor_ + 1;
  }
}

template <typename Visit>
std::uint32_t ConnectionTable::list(std::uint32_t cursor, std::uint32_t buckets,
                                    Visit&& visit) const {
  bool wanted = true;
  for (; buckets != 0 && wanted && cursor < bucket_count_; --buckets, ++cursor) {
    for (const Connection& record : buckets_[cursor].records) {
      if (record.kind != 0 && !visit(record)) wanted = false;
    }
  }
  return cursor < bucket_count_ ? cursor : 0;
}

}  // namespace encluster::switching
