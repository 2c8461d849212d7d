// Time per packet, robustly: the median of many short batches, repeated.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "workload.hpp"

namespace encluster::bench {

struct Median {
  double median = 0;
  double lowest = 0;
  double highest = 0;
};

[[nodiscard]] Median summary_of(const std::vector<double>& values);

struct Result {
  std::string name;
  Median nanoseconds;  ///< a packet, or other operation
  double cycles = 0;   ///< of the time stamp counter; 0 where there is none
  double ratio = 0;    ///< to the reference, repetition by repetition
  /// What else is known, by name; part of the table and of the JSON.
  std::vector<std::pair<std::string, double>> more = {};
};

struct Plan {
  std::size_t repetitions = 11;
  std::size_t batches = 1000;  ///< of each workload in each repetition
  std::size_t reference = 0;   ///< the workload that `ratio` refers to
  bool check_all = false;      ///< every batch, not the first of each repetition alone
};

/// Runs all workloads in turn, `plan.repetitions` times over, so that whatever else the machine
/// does concerns all alike. A repetition counts with its median batch; clock reads are subtracted.
/// The first batch of each repetition is checked, or all are.
/// @throws std::runtime_error if a workload does not do what it should.
[[nodiscard]] std::vector<Result> measure(const std::vector<std::unique_ptr<Workload>>& workloads,
                                          const Plan& plan);

/// Hands the batch to the workload, burst by burst.
void run_batch(Workload& workload, Batch& batch) noexcept;

/// @throws std::runtime_error if the workload did not do with the batch what it should.
void require_right(const Workload& workload, const Batch& batch);

/// Runs some batches of every workload, and checks them all.
/// @throws std::runtime_error as measure().
void check(const std::vector<std::unique_ptr<Workload>>& workloads);

}  // namespace encluster::bench
