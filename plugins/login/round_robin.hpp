// Round robin, as the paper's gateway scheduled remote logins.
#pragma once

#include "login/scheduler.hpp"

namespace encluster::login {

/// Each eligible candidate in turn, in the configured order. Weights do not matter.
class RoundRobin final : public Scheduler {
 public:
  [[nodiscard]] std::optional<std::size_t> choose(
      std::span<const Candidate> candidates) const noexcept override;
  void commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept override;

 private:
  std::size_t next_ = 0;  ///< whose turn it is, if eligible
};

}  // namespace encluster::login
