// Helpers for tests of schedulers: candidates by weight, and the order in which they are served.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "login/scheduler.hpp"

namespace encluster::login {

/// Nodes 1, 2, ... with these weights; weight 0 is not eligible.
inline std::vector<Candidate> candidates_weighing(const std::vector<std::uint16_t>& weights) {
  std::vector<Candidate> candidates;
  for (const std::uint16_t weight : weights) {
    const NodeId node(static_cast<std::uint16_t>(candidates.size() + 1));
    candidates.push_back({.node = node, .weight = weight, .eligible = weight > 0});
  }
  return candidates;
}

/// Gives `count` sessions away and writes the receivers' positions as letters; '-' is nobody.
inline std::string serve(Scheduler& scheduler, std::vector<Candidate>& candidates, int count) {
  std::string order;
  for (int i = 0; i < count; ++i) {
    const auto chosen = scheduler.choose(candidates);
    if (chosen) {
      scheduler.commit(candidates, *chosen);
      ++candidates[*chosen].connections;
    }
    order += chosen ? static_cast<char>('a' + *chosen) : '-';
  }
  return order;
}

}  // namespace encluster::login
