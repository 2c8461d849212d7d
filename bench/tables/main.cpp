// What the switching core's tables cost, beside DPDK's rte_hash with the same keys.
//
//   taskset -c 1 build/bench/bench_tables [--large] [--repetitions N] [--json FILE] [--small-pages]
//
// Look-ups, inserts and expiry are done as the pipeline does them, and every answer is compared. Of
// rte_hash, look-ups are those in bulk; it does not expire anything, so erasing stands beside that.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "command_line.hpp"
#include "connections.hpp"
#include "expectations.hpp"
#include "fragments.hpp"
#include "huge_pages.hpp"
#include "measure.hpp"
#include "options.hpp"
#include "report.hpp"
#include "rte_hash_table.hpp"
#include "switch_entries.hpp"
#include "switching/connection_life.hpp"

namespace encluster::bench {
namespace {

constexpr std::string_view kUsage =
    "usage: bench_tables [--large] [--repetitions N] [--json FILE] [--small-pages] [--check]\n"
    "  --large          10 million entries, too; takes 2 GB of memory and some minutes\n"
    "  --repetitions N  at least 7; default 11\n"
    "  --json FILE      write the results there too; - is standard output, without the table\n"
    "  --small-pages    keep tables out of transparent huge pages\n"
    "  --check          only see that every answer is right: small tables, empty figures\n"
    "Run it on one processor: taskset -c 1 bench_tables\n";

std::string text_of(std::uint32_t count) {
  return count < 1'000'000 ? fmt::format("{} k", count / 1000)
                           : fmt::format("{} M", count / 1'000'000);
}

/// What the process has from the C library's heap, large blocks included.
std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// The share of a core that it takes to do it so many times in the time of a pass of upkeep.
double core_percent(const Result& result, std::uint32_t times) {
  return result.nanoseconds.median * times / (Connections::kSweepSeconds * 1e9) * 100;
}

/// Measures tables, one after the other, each beside a hash with the same keys.
class Comparison {
 public:
  Comparison(const Plan& plan, std::pmr::memory_resource* memory, std::uint32_t largest)
      : plan_(plan), memory_(memory), hash_memory_(kSpareBytes + largest * kHashBytes, memory) {}

  template <typename Table>
  void add(std::string_view table_name, std::uint32_t count);
  [[nodiscard]] const std::vector<Result>& results() const noexcept { return results_; }

 private:
  static constexpr std::size_t kSpareBytes = std::size_t{16} << 20;
  static constexpr std::size_t kHashBytes = 128;  ///< an entry; more than it ever takes

  /// Fills new tables and hashes again and again, in alternation.
  template <typename Table>
  void measure_fill(const std::string& name, std::uint32_t count);
  void measure_build(const std::string& name, std::uint32_t count);
  void measure_sweeps(Filled<Connections>& entries, const std::string& name);
  /// Both in alternation; the first is the reference.
  void measure_pair(std::unique_ptr<Workload> hash, std::unique_ptr<Workload> table) {
    std::vector<std::unique_ptr<Workload>> workloads;
    workloads.push_back(std::move(hash));
    workloads.push_back(std::move(table));
    std::ranges::move(measure(workloads, plan_), std::back_inserter(results_));
  }

  Plan plan_;
  std::pmr::memory_resource* memory_;
  HashMemory hash_memory_;
  std::vector<Result> results_;
};

template <typename Table>
void Comparison::add(std::string_view table_name, std::uint32_t count) {
  using Hash = SameKeys<Table>;
  const std::string name = fmt::format("{} {}", table_name, text_of(count));
  if constexpr (Filled<Table>::kGrows) {
    measure_fill<Table>(name + ", fill", count);
  } else {
    measure_build(name, count);
  }
  const std::size_t before = heap_bytes();
  const auto table = std::make_unique<Table>(count, memory_);
  const double bytes = static_cast<double>(heap_bytes() - before) / count;
  const std::size_t hash_before = hash_memory_.bytes_in_use();
  Hash hash(count, hash_memory_);
  const double hash_bytes = static_cast<double>(hash_memory_.bytes_in_use() - hash_before) / count;
  Filled<Table> entries(*table, count);
  Filled<Hash> hashed(hash, count);

  for (const bool hits : {true, false}) {
    const std::string what = name + (hits ? ", hits" : ", misses");
    measure_pair(std::make_unique<Lookups<Hash>>(hashed, what + ", rte_hash", hits),
                 std::make_unique<Lookups<Table>>(entries, what, hits));
    if (!hits) continue;
    results_[results_.size() - 2].more = {{"bytes", hash_bytes}};
    results_.back().more = {{"bytes", bytes}};
  }
  if constexpr (Filled<Table>::kGrows) {
    measure_pair(std::make_unique<Inserts<Hash>>(hashed, name + ", insert, rte_hash"),
                 std::make_unique<Inserts<Table>>(entries, name + ", insert"));
    if constexpr (std::is_same_v<Table, Connections>) measure_sweeps(entries, name);
    measure_pair(std::make_unique<Erases<Hash>>(hashed, name + ", erase, rte_hash"),
                 std::make_unique<Expiries<Table>>(entries, name + ", expire"));
    if constexpr (std::is_same_v<Table, Connections>) {
      results_.back().more = {{"core_percent", core_percent(results_.back(), count)}};
    }
  }
}

template <typename Table>
void Comparison::measure_fill(const std::string& name, std::uint32_t count) {
  std::vector<double> hash_samples;
  std::vector<double> samples;
  for (std::size_t i = 0; i < plan_.repetitions; ++i) {
    SameKeys<Table> hash(count, hash_memory_);
    hash_samples.push_back(Filled(hash, count).nanoseconds_an_entry());
    Table table(count, memory_);
    samples.push_back(Filled(table, count).nanoseconds_an_entry());
  }
  results_.push_back({.name = name + ", rte_hash", .nanoseconds = summary_of(hash_samples)});
  results_.push_back({.name = name, .nanoseconds = summary_of(samples)});
}

void Comparison::measure_sweeps(Filled<Connections>& entries, const std::string& name) {
  std::vector<std::unique_ptr<Workload>> workloads;
  workloads.push_back(std::make_unique<Sweeps>(entries, name + ", sweep a bucket"));
  Result result = measure(workloads, plan_).front();
  result.more = {{"core_percent", core_percent(result, entries.table().bucket_count())}};
  results_.push_back(std::move(result));
}

void Comparison::measure_build(const std::string& name, std::uint32_t count) {
  std::vector<double> samples;
  for (std::size_t i = 0; i < plan_.repetitions; ++i) {
    std::vector<switching::SwitchEntry> entries = SwitchEntries::entries(count);
    const auto from = std::chrono::steady_clock::now();
    const switching::MessageSwitch built(std::move(entries));
    const auto to = std::chrono::steady_clock::now();
    samples.push_back(std::chrono::duration<double, std::nano>(to - from).count() / count);
  }
  results_.push_back({.name = name + ", build", .nanoseconds = summary_of(samples)});
}

/// What a gateway has to hold, and expire, in steady state: the largest connection table's figures.
void print_verdict(const std::vector<Result>& results, std::uint32_t count) {
  const auto find = [&](std::string_view what) -> const Result& {
    const std::string name = fmt::format("connections {}, {}", text_of(count), what);
    return *std::ranges::find(results, name, &Result::name);
  };
  const double sweep = find("sweep a bucket").more.front().second;
  const double expire = find("expire").more.front().second;
  const double pass_a_life = double{Connections::kSweepSeconds} / switching::kEmbryonicLife;
  fmt::print(
      "\nconnections {}: {:.1f} bytes an entry (at most 64)\n"
      "  million inserts a second (at least 5): {:.1f} from empty to full, {:.1f} when full\n"
      "  of a core for expiry (under 5 %): {:.2f} % where nothing is due, {:.2f} % where entries\n"
      "  live for {} s, {:.2f} % where all are due within the {} s of a pass\n",
      text_of(count), find("hits").more.front().second, 1000 / find("fill").nanoseconds.median,
      1000 / find("insert").nanoseconds.median, sweep, sweep + expire * pass_a_life,
      switching::kEmbryonicLife, expire, Connections::kSweepSeconds);
}

void run(Options options) {
  options.plan.check_all = true;
  if (options.check) {
    options.plan.repetitions = 1;
    options.plan.batches = 10;
  }
  HugePages huge_pages;
  std::pmr::memory_resource* memory = &huge_pages;
  if (options.small_pages) memory = std::pmr::get_default_resource();
  std::vector<std::uint32_t> sizes{10'000};
  if (!options.check) sizes.push_back(1'000'000);
  if (options.large) sizes.push_back(10'000'000);

  Comparison comparison(options.plan, memory, sizes.back());
  for (const std::uint32_t size : sizes) comparison.add<Connections>("connections", size);
  for (const std::uint32_t size : sizes) {
    if (size <= SwitchEntries::kMost) comparison.add<SwitchEntries>("message switch", size);
  }
  for (const std::uint32_t size : {4096U, 61'440U}) comparison.add<Fragments>("fragments", size);
  for (const std::uint32_t size : sizes) comparison.add<Expectations>("expectations", size);
  report(comparison.results(), options.json);
  if (options.json == "-") return;
  print_verdict(comparison.results(), sizes.back());
}

}  // namespace
}  // namespace encluster::bench

int main(int count, char** arguments) {
  using namespace encluster::bench;
  return run_program("bench_tables", kUsage, [&] {
    const Options options =
        parse_options(std::span(arguments, static_cast<std::size_t>(count)).subspan(1));
    if (options.help) {
      fmt::print("{}", kUsage);
    } else {
      run(options);
    }
  });
}
