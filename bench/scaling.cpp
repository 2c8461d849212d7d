// How much more two workers carry than one.
//
//   build/bench/bench_scaling [--repetitions N] [--cpus A,B]
//
// Each worker is a thread bound to a processor, with the pipeline and the logins of the remotes it
// owns; frames come from memory. One worker alone and both at once are measured in turn, so that
// whatever else the machine does concerns both; the best of each counts.
#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "command_line.hpp"
#include "huge_pages.hpp"
#include "lane.hpp"
#include "login/login.hpp"
#include "switching/compile_snapshot.hpp"

namespace encluster::bench {
namespace {

constexpr std::string_view kUsage =
    "usage: bench_scaling [--repetitions N] [--cpus A,B]\n"
    "  --repetitions N  default 31\n"
    "  --cpus A,B       the processors of the two workers; default 0,1\n";

constexpr std::uint32_t kLogins = 200'000;
constexpr auto kSpan = std::chrono::milliseconds(50);

struct Options {
  std::size_t repetitions = 31;
  std::array<unsigned, 2> cpus{0, 1};
};

/// The number at the front of `text`, which is cut off.
unsigned take_number(std::string_view& text, std::string_view option) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) throw UsageError(fmt::format("{}: not a number: {}", option, text));
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

Options parse_options(std::span<char* const> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string_view option = arguments[i];
    if (i + 1 == arguments.size()) throw UsageError(fmt::format("what is {}?", option));
    std::string_view value = arguments[i + 1];
    if (option == "--repetitions") {
      options.repetitions = std::max(1U, take_number(value, option));
    } else if (option == "--cpus") {
      options.cpus[0] = take_number(value, option);
      if (!value.starts_with(',')) throw UsageError("--cpus takes two numbers");
      value.remove_prefix(1);
      options.cpus[1] = take_number(value, option);
    } else {
      throw UsageError(fmt::format("unknown option {}", option));
    }
  }
  return options;
}

void bind(pthread_t thread, unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  if (pthread_setaffinity_np(thread, sizeof set, &set) != 0) {
    throw std::runtime_error(fmt::format("cannot run on CPU {}", cpu));
  }
}

/// Tries it, so that a measurement does not end half-way.
void check_cpus(const Options& options) {
  std::jthread thread([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  for (const unsigned cpu : options.cpus) bind(thread.native_handle(), cpu);
}

/// Runs a lane for a while. @return million packets a second
double rate_of(Lane& lane) {
  constexpr int kBetweenLooks = 64;  // at the clock
  const auto from = std::chrono::steady_clock::now();
  auto to = from;
  std::size_t forwarded = 0;
  while (to - from < kSpan) {
    for (int i = 0; i < kBetweenLooks; ++i) forwarded += lane.run();
    to = std::chrono::steady_clock::now();
  }
  return static_cast<double>(forwarded) /
         std::chrono::duration<double, std::micro>(to - from).count();
}

/// Lets the first `count` lanes run at once. @return million packets a second, all together
double measure(std::span<const std::unique_ptr<Lane>> lanes, const Options& options,
               std::size_t count) {
  std::atomic<std::size_t> ready{0};
  std::array<double, 2> rates{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      bind(pthread_self(), options.cpus[i]);
      ++ready;
      while (ready < count) std::this_thread::yield();
      rates[i] = rate_of(*lanes[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return rates[0] + rates[1];
}

void run(const Options& options) {
  check_cpus(options);
  HugePages memory;
  const auto snapshot =
      switching::SnapshotCompiler({{"login", login::make_login}}, 2).compile(cluster());
  std::vector<std::unique_ptr<Lane>> lanes;
  for (const WorkerId worker : std::array<WorkerId, 2>{0, 1}) {
    lanes.push_back(std::make_unique<Lane>(worker, 2, kLogins, *snapshot, &memory));
    if (lanes.back()->run() != kBurst || lanes.back()->run() != kBurst) {
      throw std::runtime_error("a packet was not forwarded");
    }
  }
  std::array<double, 2> best{};
  for (std::size_t repetition = 0; repetition < options.repetitions; ++repetition) {
    for (const std::size_t count : {1U, 2U}) {
      best[count - 1] = std::max(best[count - 1], measure(lanes, options, count));
    }
  }
  fmt::print("one worker   {:8.2f} Mpps\ntwo workers  {:8.2f} Mpps\nratio        {:8.2f}\n",
             best[0], best[1], best[1] / best[0]);
}

}  // namespace
}  // namespace encluster::bench

int main(int count, char** arguments) {
  using namespace encluster::bench;
  return run_program("bench_scaling", kUsage, [&] {
    run(parse_options(std::span(arguments, static_cast<std::size_t>(count)).subspan(1)));
  });
}
