// What a worker does between bursts: expiry, a little at a time, and long commands.
#pragma once

#include <cstdint>
#include <optional>

#include "switching/burst_context.hpp"
#include "switching/worker_event.hpp"

namespace encluster::switching {

/// Private to one worker.
class Upkeep {
 public:
  /// Looks at a few connections whose deadline may have passed, so that the whole table is seen
  /// every four seconds, and goes on with resetting a node's connections.
  void run(BurstContext& context) noexcept;
  /// The next run has something to do already.
  [[nodiscard]] bool is_behind() const noexcept { return buckets_left_ != 0 || reset_.has_value(); }

  /// Starts forgetting a node's connections; the answer is sent when all are gone.
  /// False if another such command is under way.
  [[nodiscard]] bool reset_node(std::uint32_t command, NodeId node) noexcept;

 private:
  struct Reset {
    std::uint32_t command;
    NodeId node;
    std::uint32_t cursor = 0;
    std::uint32_t count = 0;
  };

  void expire(BurstContext& context) noexcept;
  void reset_some(BurstContext& context) noexcept;

  std::optional<Reset> reset_;
  Seconds second_ = 0;
  std::uint32_t buckets_left_ = 0;  ///< to look at in this second
};

}  // namespace encluster::switching
