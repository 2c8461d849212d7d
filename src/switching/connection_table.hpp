// The one table of connections: class D (a remote's, to a service on many nodes), class E (a node's,
// from outside its slice), learnt UDP ports and echo identifiers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::switching {

/// What the table is asked for. For TCP and UDP: remote, the remote's port and the cluster's port.
/// For echo: remote and identifier (as `cluster_port`).
///
/// A connection whose node uses another port than the cluster shows has a second, *alias* record,
/// found by the node's port and the node: that is how outbound packets find the cluster's port.
struct ConnectionKey {
  Ipv4Address remote;
  PortNumber remote_port;
  PortNumber cluster_port;  ///< of an alias: the node's port
  Protocol protocol = Protocol::tcp;
  bool alias = false;
  NodeId alias_node;        ///< of an alias; otherwise 0

  friend bool operator==(const ConnectionKey&, const ConnectionKey&) = default;
};

/// Life of a TCP connection as the gateway sees it. UDP and echo use `answered` alone.
namespace connection_flag {
inline constexpr std::uint8_t answered = 0x01;    ///< the SYN was answered: no longer embryonic
inline constexpr std::uint8_t fin_remote = 0x02;  ///< the remote sent its FIN
inline constexpr std::uint8_t fin_node = 0x04;    ///< the node sent its FIN
inline constexpr std::uint8_t reset = 0x08;       ///< a RST was seen; data may yet disprove it
inline constexpr std::uint8_t opened_by_node = 0x10;  ///< class E
inline constexpr std::uint8_t probed = 0x20;      ///< the node was asked whether it still has it
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
  std::uint8_t kind = 0;  ///< protocol and alias bit; 0 marks a free record

  [[nodiscard]] bool has(std::uint8_t wanted) const noexcept { return (flags & wanted) == wanted; }
  [[nodiscard]] bool embryonic() const noexcept {
    return (flags & connection_flag::answered) == 0;
  }
};
static_assert(sizeof(Connection) == 20);

struct ConnectionLimits {
  std::uint32_t connections = 1u << 20;  ///< records, aliases included
  std::uint32_t embryonic = 1u << 16;    ///< of these, unanswered SYNs
};

/// Private to one worker; not thread-safe. Exact: a key is found if and only if it was inserted and
/// not erased. At most 32 bytes a connection at the configured limit, all allocated at construction.
///
/// Cuckoo hashing, two buckets of one cache line (three records) each, under a seeded hash, so that
/// remotes cannot aim at a bucket. Look-ups touch one line mostly, two at most.
///
/// Pointers to records stay valid until the next insert(), erase() or sweep().
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

  /// A key's two buckets. Computed once, then prefetched and looked up.
  struct Slot {
    std::uint32_t first;
    std::uint32_t second;
  };
  [[nodiscard]] Slot slot_of(const ConnectionKey& key) const noexcept;
  void prefetch(Slot slot) const noexcept;
  [[nodiscard]] Connection* find(const ConnectionKey& key, Slot slot) noexcept;
  [[nodiscard]] Connection* find(const ConnectionKey& key) noexcept;

  /// Adds a record (with `flags` as given; embryonic without `answered`), unless the key exists.
  InsertResult insert(const ConnectionKey& key, NodeId node, PortNumber other_port,
                      ServiceIndex service, std::uint8_t flags, Seconds deadline) noexcept;
  /// @pre the record belongs to this table.
  void erase(Connection& connection) noexcept;

  /// Changes flags and keeps the count of embryonic records right. All flag changes go this way.
  void set_flags(Connection& connection, std::uint8_t flags) noexcept;
  /// Gives the record to another node (a claim on a lingering connection), and keeps the counts.
  void reassign(Connection& connection, NodeId node, PortNumber other_port,
                ServiceIndex service) noexcept;

  [[nodiscard]] ConnectionKey key_of(const Connection& connection) const noexcept;

  /// Visits the next `buckets` buckets round robin and calls `expired(Connection&)` for each record
  /// whose deadline is before `now`. The callee sets a new deadline or returns true to erase.
  /// It must not insert.
  template <typename Expired>
  void sweep(std::size_t buckets, Seconds now, Expired&& expired);

  /// Calls `visit(const Connection&)` for records from bucket `cursor` on until `visit` returned
  /// false or the end; returns the cursor to continue from, or 0 at the end. A bucket is visited
  /// whole. Records that move between calls may be missed or seen twice.
  template <typename Visit>
  [[nodiscard]] std::uint32_t list(std::uint32_t cursor, std::uint32_t buckets,
                                   Visit&& visit) const;

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint32_t embryonic() const noexcept { return embryonic_; }
  [[nodiscard]] std::uint32_t bucket_count() const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  /// Connections with a service, aliases excluded, by node: what "least connections" compares.
  /// Index: NodeId, kMaxNodeId + 1 long.
  [[nodiscard]] std::span<const std::uint32_t> by_node() const noexcept;

 private:
  // left to connection_table's author
  std::uint32_t size_ = 0;
  std::uint32_t embryonic_ = 0;
};

}  // namespace encluster::switching
