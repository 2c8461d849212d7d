// Least loaded: the candidate whose machine has the least to do for its weight.
#pragma once

#include <vector>

#include "login/scheduler.hpp"

namespace encluster::login {

/// The smallest (load + sessions begun lately + 1) / weight; among equals, each in turn.
///
/// Theory of operation: a load is old when it arrives, and is the mean of a minute: a session that
/// begins now is in it bit by bit. By loads alone, all sessions of that time would go to one node.
/// So each one that was given away counts as kSessionLoad, and is forgotten here as slowly as the
/// kernel's mean takes it in. Where nothing is known of the loads, that alone spreads sessions by
/// weights. Each worker counts its own.
class LeastLoaded final : public Scheduler {
 public:
  /// What a session is taken to be until it shows: hundredths of runnable tasks a CPU.
  static constexpr std::uint32_t kSessionLoad = 5;

  explicit LeastLoaded(std::size_t candidates) : begun_(candidates) {}

  void look_at_clock(Seconds now) noexcept override;
  [[nodiscard]] std::optional<std::size_t> choose(
      std::span<const Candidate> candidates) const noexcept override;
  void commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept override;

 private:
  [[nodiscard]] bool is_better(std::span<const Candidate> candidates, std::size_t position,
                               std::size_t other) const noexcept;

  std::vector<std::uint32_t> begun_;  ///< index: candidate; load of sessions, in kUnits
  Seconds forgotten_ = 0;             ///< until then
  std::size_t next_ = 0;              ///< where the search begins, so that equals take turns
};

}  // namespace encluster::login
