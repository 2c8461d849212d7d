// What a packet costs in the pipeline, beside two loops to compare with.
//
//   taskset -c 1 build/bench/bench_pipeline [OPTION ...]; see --help
//
// The pipeline is the gateway's own, fed from memory: receiving and sending are not measured.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>

#include "calibration.hpp"
#include "command_line.hpp"
#include "huge_pages.hpp"
#include "measure.hpp"
#include "model.hpp"
#include "options.hpp"
#include "paths.hpp"
#include "report.hpp"

namespace encluster::bench {
namespace {

constexpr std::string_view kUsage =
    "usage: bench_pipeline [--model] [--repetitions N] [--json FILE] [--large] [--small-pages]\n"
    "                      [--check]\n"
    "  --model          instead of all paths, classes A and D with several numbers of\n"
    "                   connections/remotes/nodes\n"
    "  --repetitions N  at least 7; default 11\n"
    "  --json FILE      write the results there too; - is standard output, without the table\n"
    "  --large          class D with 10 M connections, too: 300 MB more, and seconds to begin\n"
    "  --small-pages    keep the connection table out of transparent huge pages\n"
    "  --check          only see that every path does what it should\n"
    "Run it on one processor: taskset -c 1 bench_pipeline\n";

void run(const Options& options, bool model_only) {
  HugePages huge_pages;
  std::pmr::memory_resource* memory = &huge_pages;
  if (options.small_pages) memory = std::pmr::get_default_resource();
  std::unique_ptr<Gateways> gateways;
  Model model;

  std::vector<std::unique_ptr<Workload>> workloads;
  workloads.push_back(std::make_unique<MacSwap>());
  workloads.push_back(std::make_unique<ParseAndChecksum>());
  Plan plan = options.plan;
  plan.reference = workloads.size() - 1;
  if (model_only) {
    model = make_model(memory, options.large);
    std::ranges::move(model.workloads, std::back_inserter(workloads));
  } else {
    gateways = std::make_unique<Gateways>(memory, options.large);
    std::ranges::move(paths_through(*gateways), std::back_inserter(workloads));
  }
  if (options.check) {
    check(workloads);
  } else {
    report(measure(workloads, plan), options.json);
  }
}

}  // namespace
}  // namespace encluster::bench

int main(int count, char** arguments) {
  using namespace encluster::bench;
  return run_program("bench_pipeline", kUsage, [&] {
    bool model_only = false;
    const auto own = [&](std::string_view option) {
      if (option != "--model") return false;
      model_only = true;
      return true;
    };
    const Options options =
        parse_options(std::span(arguments, static_cast<std::size_t>(count)).subspan(1), own);
    if (options.help) {
      fmt::print("{}", kUsage);
    } else {
      run(options, model_only);
    }
  });
}
