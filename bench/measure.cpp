#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace encluster::bench {

namespace {

using Clock = std::chrono::steady_clock;

#if defined(__x86_64__)
constexpr bool kCountsCycles = true;
std::uint64_t ticks() { return __builtin_ia32_rdtsc(); }
#else
constexpr bool kCountsCycles = false;
std::uint64_t ticks() {
  return static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
}
#endif

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double ticks_per_nanosecond() {
  constexpr auto kSpan = std::chrono::milliseconds(100);
  const auto from = Clock::now();
  const std::uint64_t first = ticks();
  auto to = from;
  while (to - from < kSpan) to = Clock::now();
  const std::uint64_t last = ticks();
  return static_cast<double>(last - first) /
         std::chrono::duration<double, std::nano>(to - from).count();
}

/// What two reads of the clock cost between them.
double empty_batch() {
  std::vector<double> samples(1001);
  for (double& sample : samples) {
    const std::uint64_t first = ticks();
    sample = static_cast<double>(ticks() - first);
  }
  return median_of(samples);
}

/// Ticks an operation in the median batch.
double repetition(Workload& workload, Batch& batch, const Plan& plan, double overhead) {
  const double operations = workload.operations() * (kBatch / kBurst);
  std::vector<double> samples;
  samples.reserve(plan.batches);
  for (std::size_t i = 0; i < plan.batches; ++i) {
    workload.prepare(batch);
    const std::uint64_t first = ticks();
    run_batch(workload, batch);
    const std::uint64_t last = ticks();
    if (i == 0 || plan.check_all) require_right(workload, batch);
    samples.push_back((static_cast<double>(last - first) - overhead) / operations);
  }
  return median_of(samples);
}

}  // namespace

void run_batch(Workload& workload, Batch& batch) noexcept {
  for (std::size_t from = 0; from < kBatch; from += kBurst) workload.run(batch.burst(from));
}

void require_right(const Workload& workload, const Batch& batch) {
  if (const auto fault = workload.fault(batch)) {
    throw std::runtime_error(workload.name() + ": " + *fault);
  }
}

Median summary_of(const std::vector<double>& values) {
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  return {median_of(values), *lowest, *highest};
}

std::vector<Result> measure(const std::vector<std::unique_ptr<Workload>>& workloads,
                            const Plan& plan) {
  const auto batch = std::make_unique<Batch>();
  const double overhead = empty_batch();
  const double per_nanosecond = ticks_per_nanosecond();
  std::vector<std::vector<double>> samples(workloads.size());
  for (std::size_t round = 0; round < plan.repetitions; ++round) {
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      const double ticks_an_operation = repetition(*workloads[i], *batch, plan, overhead);
      samples[i].push_back(ticks_an_operation / per_nanosecond);
    }
  }

  std::vector<Result> results;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < plan.repetitions; ++round) {
      ratios.push_back(samples[i][round] / samples[plan.reference][round]);
    }
    const Median nanoseconds = summary_of(samples[i]);
    results.push_back({workloads[i]->name(), nanoseconds,
                       kCountsCycles ? nanoseconds.median * per_nanosecond : 0, median_of(ratios)});
  }
  return results;
}

void check(const std::vector<std::unique_ptr<Workload>>& workloads) {
  constexpr std::size_t kBatches = 100;
  const auto batch = std::make_unique<Batch>();
  for (std::size_t i = 0; i < kBatches * workloads.size(); ++i) {
    Workload& workload = *workloads[i % workloads.size()];
    workload.prepare(*batch);
    run_batch(workload, *batch);
    require_right(workload, *batch);
  }
}

}  // namespace encluster::bench
