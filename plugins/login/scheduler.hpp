// Who gets the next session: the part of the login service that is a choice among nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "encluster/types.hpp"

namespace encluster::login {

/// A configured candidate as it stands at this moment. Its position in the span never changes, so
/// that a scheduler may keep something for each.
struct Candidate {
  NodeId node;
  std::uint16_t weight = 0;
  bool eligible = false;          ///< takes a new session now; implies weight > 0
  std::uint16_t load = 0;         ///< as NodeStatus::load
  std::uint32_t connections = 0;  ///< this worker's, those chosen earlier in the burst included
};

/// One per service and worker, used by that worker alone. Choosing and remembering are two calls,
/// so that "where would it go?" is answered by the first alone.
class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  virtual ~Scheduler() = default;

  /// Before each burst, for schedulers that forget. @param now never goes back
  virtual void look_at_clock(Seconds /*now*/) noexcept {}

  /// The position of the candidate that gets the next session; nothing if none is eligible.
  [[nodiscard]] virtual std::optional<std::size_t> choose(
      std::span<const Candidate> candidates) const noexcept = 0;

  /// The session went to `chosen`. @pre choose() returned it for the same candidates.
  virtual void commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept = 0;
};

enum class SchedulerKind : std::uint8_t {
  round_robin,
  weighted_round_robin,
  least_connections,
  least_loaded,
};

/// Control thread.
/// @param candidates how many there will be in every call
[[nodiscard]] std::unique_ptr<Scheduler> make_scheduler(SchedulerKind kind, std::size_t candidates);

}  // namespace encluster::login
