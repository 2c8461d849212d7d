// What must hold after every step of a story, whatever the step was.
#pragma once

#include <vector>

#include "support/gateway.hpp"

namespace encluster::fuzz {

/// Everything that a simulation must leave alone.
struct Observed {
  std::vector<switching::Connection> connections;
  std::vector<std::byte> counters;
  std::size_t announcements = 0;
  std::size_t held = 0;

  /// @param gateway may not be called meanwhile
  static Observed of(test::Gateway& gateway);
};
[[nodiscard]] bool same(const Observed& before, const Observed& after);

/// One final verdict; nothing inside leaves; what goes inside goes to a node; right MAC addresses.
void check_outcome(const test::Outcome& outcome, const switching::Snapshot& snapshot);

/// A right checksum stays right, a wrong one wrong.
void check_checksums(const test::Frame& received, const test::Outcome& outcome);

/// The simulated outcome is the real one's, unless that met a bound.
void check_prediction(const test::Outcome& predicted, const test::Outcome& real);

/// The table's counts are those of its records; no two records have one key.
void check_table(const switching::ConnectionTable& table);

}  // namespace encluster::fuzz
