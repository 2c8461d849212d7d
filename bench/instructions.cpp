// How many instructions a packet costs in the pipeline. Run by scripts/check-instructions:
//
//   valgrind --tool=callgrind --instr-atstart=no --collect-atstart=no bench_instructions
//
// Everything that a path does is fixed, so the counts repeat exactly. Preparing and checking the
// batches is not counted. Of each path callgrind writes a dump described as `PACKETS NAME`;
// standard output says what the program was built with.
#include <fmt/format.h>
#include <valgrind/callgrind.h>

#include <string>

#include "command_line.hpp"
#include "measure.hpp"
#include "paths.hpp"

namespace encluster::bench {
namespace {

/// Not counted: the first calls into the C library, the first fragments of datagrams.
constexpr int kWarmUp = 4;
constexpr int kCounted = 100;

void count(Workload& workload, Batch& batch) {
  for (int i = 0; i < kWarmUp + kCounted; ++i) {
    workload.prepare(batch);
    if (i >= kWarmUp) CALLGRIND_TOGGLE_COLLECT;
    run_batch(workload, batch);
    if (i >= kWarmUp) CALLGRIND_TOGGLE_COLLECT;
    require_right(workload, batch);
  }
  const std::string description = fmt::format("{} {}", kCounted * kBatch, workload.name());
  CALLGRIND_DUMP_STATS_AT(description.c_str());
}

void count_all() {
  if (RUNNING_ON_VALGRIND == 0) throw UsageError("it counts nothing by itself");
  fmt::print("{}\n", ENCLUSTER_BUILD);
  Gateways gateways(std::pmr::get_default_resource(), false);
  Batch batch;
  CALLGRIND_START_INSTRUMENTATION;
  for (const auto& path : paths_through(gateways)) count(*path, batch);
}

}  // namespace
}  // namespace encluster::bench

int main() {
  using namespace encluster::bench;
  return run_program("bench_instructions", "Run it by scripts/check-instructions\n", count_all);
}
