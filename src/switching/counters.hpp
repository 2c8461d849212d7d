// What a worker counts. One block a worker, written by it alone, read by the control thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "encluster/drop_reason.hpp"
#include "encluster/types.hpp"

namespace encluster::switching {

/// A counter with one writer: add() compiles to a plain add, value() may be called by any thread.
class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A level with one writer; value() may be called by any thread.
class Gauge {
 public:
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Packets and bytes (whole frames without FCS).
struct Traffic {
  Counter packets;
  Counter bytes;
};

struct alignas(64) Counters {
  std::array<Traffic, kMaxNetworks> network_received;
  std::array<Traffic, kMaxNetworks> network_sent;
  Traffic interconnect_received;
  Traffic interconnect_sent;
  Traffic local_received;  ///< from the gateway's kernel
  Traffic local_sent;      ///< to the gateway's kernel
  std::array<Counter, kDropReasons> drops;
  Counter connections_opened;
  Counter connections_expired;
  Counter claims_granted;
  Counter claims_renumbered;
  Counter announcements;
  Counter announcements_replaced;
  Counter echoes_renumbered;
  Counter probes_sent;
  Counter resets_sent;
  Counter syns_by_hash;     ///< scheduled without an entry, because there was no room
  Counter flooded_seconds;  ///< during which there may have been connections without one
  Counter held;
  Counter events_lost;
  Counter handed_over;  ///< received, and given to the worker that owns the remote
  // Levels, as of the last round.
  Gauge connections;
  Gauge embryonic;
  Gauge announcing;  ///< sessions to rshd and rexecd being followed
  Gauge waiting;     ///< packets held back
  Gauge fragmented;  ///< datagrams in fragments being followed
  Gauge flooded;     ///< 1 during a flood of SYNs
};

}  // namespace encluster::switching
