// Least connections: the candidate that has the fewest sessions for its weight.
#pragma once

#include "login/scheduler.hpp"

namespace encluster::login {

/// The smallest (connections + 1) / weight; among equals, each in turn.
class LeastConnections final : public Scheduler {
 public:
  [[nodiscard]] std::optional<std::size_t> choose(
      std::span<const Candidate> candidates) const noexcept override;
  void commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept override;

 private:
  std::size_t next_ = 0;  ///< where the search begins, so that equals take turns
};

}  // namespace encluster::login
