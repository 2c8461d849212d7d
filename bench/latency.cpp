// How long frames take through a device under test, and how many get lost, at parts of the rate
// that it can do: see kUsage. Used by scripts/bench.
#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "command_line.hpp"
#include "datapath/eal.hpp"
#include "datapath/mbuf_pool.hpp"
#include "datapath/nic_port.hpp"
#include "probe.hpp"

namespace encluster::bench {
namespace {

constexpr std::string_view kUsage =
    "usage: bench_latency --frames FILE --from DEVICE --to DEVICE [--milliseconds N] [LOAD...]\n"
    "Sends the frames of a capture, over and over, by one DPDK device, and receives them by the\n"
    "other: as fast as it can first, then at each LOAD, a percentage of what arrived then. Prints\n"
    "JSON; latencies are in nanoseconds. Runs on the processors that it is given (taskset).\n"
    "  --frames FILE      UDP datagrams of 16 to 1472 bytes\n"
    "  --from, --to       DPDK devices\n"
    "  --milliseconds N   of each load; default 1000\n"
    "  --hugepages        use them\n";

constexpr std::uint32_t kBuffers = 8192;
constexpr std::uint32_t kMegabytes = 64;
constexpr auto kConnecting = std::chrono::seconds(10);
constexpr double kUnlimited = std::numeric_limits<double>::infinity();

struct Options {
  std::string frames;
  std::string from;
  std::string to;
  std::chrono::milliseconds duration{1000};
  bool hugepages = false;
  std::vector<unsigned> percentages;
};

unsigned to_number(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0 || number > most) {
    throw UsageError(fmt::format("found '{}'; allowed: 1 to {}", text, most));
  }
  return number;
}

Options parse_options(int count, char** words) {
  enum Option { frames, from, to, milliseconds, hugepages };
  constexpr option kOptions[] = {
      {"frames", required_argument, nullptr, frames},
      {"from", required_argument, nullptr, from},
      {"to", required_argument, nullptr, to},
      {"milliseconds", required_argument, nullptr, milliseconds},
      {"hugepages", no_argument, nullptr, hugepages},
      {},
  };
  Options options;
  opterr = 0;
  for (int found = 0; (found = getopt_long(count, words, "", kOptions, nullptr)) != -1;) {
    switch (found) {
      case frames:
        options.frames = optarg;
        break;
      case from:
        options.from = optarg;
        break;
      case to:
        options.to = optarg;
        break;
      case milliseconds:
        options.duration = std::chrono::milliseconds(to_number(optarg, 3'600'000));
        break;
      case hugepages:
        options.hugepages = true;
        break;
      default:
        throw UsageError(fmt::format("what is {}?", words[optind - 1]));
    }
  }
  for (int i = optind; i < count; ++i) options.percentages.push_back(to_number(words[i], 100));
  if (options.frames.empty() || options.from.empty() || options.to.empty()) {
    throw UsageError("--frames, --from and --to are needed");
  }
  return options;
}

/// A device whose other end belongs to another process is connected after a while.
void await_link(const datapath::NicPort& port, const std::string& device) {
  const auto end = std::chrono::steady_clock::now() + kConnecting;
  while (!port.link().up) {
    if (std::chrono::steady_clock::now() > end) {
      throw std::runtime_error(device + ": nobody at the other end");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// A link that is up does not mean that the program between the devices has begun.
void await_first(Probe& probe) {
  constexpr std::chrono::milliseconds kTry{10};
  const auto result = std::make_unique<ProbeResult>();
  const auto end = std::chrono::steady_clock::now() + kConnecting;
  while (result->arrived == 0) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("nothing arrives");
    probe.run({.rate = kUnlimited, .duration = kTry}, *result);
  }
}

/// How long this thread was ready to run while its processor did something else, until now.
std::chrono::nanoseconds waited() {
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  std::ifstream("/proc/thread-self/schedstat") >> ran >> waited;
  return std::chrono::nanoseconds(waited);
}

/// @param percentage of the rate that the device can do; 0: that rate was looked for
/// @return frames a second that arrived
double measure(Probe& probe, double rate, const Options& options, unsigned percentage) {
  const auto result = std::make_unique<ProbeResult>();
  const auto waited_before = waited();
  probe.run({.rate = rate, .duration = options.duration}, *result);
  if (result->arrived == 0) throw std::runtime_error("nothing arrived");
  const double arrived_a_second = static_cast<double>(result->arrived) /
                                  std::chrono::duration<double>(options.duration).count();
  const Latencies& latencies = result->latencies;
  fmt::print(
      "{{\"percentage\": {}, \"rate\": {:.0f}, \"sent\": {}, \"arrived\": {}, \"waited\": {}, "
      "\"p50\": {}, \"p99\": {}, \"p999\": {}, \"most\": {}}}",
      percentage, arrived_a_second, result->sent, result->arrived,
      (waited() - waited_before).count(), latencies.quantile(0.5).count(),
      latencies.quantile(0.99).count(), latencies.quantile(0.999).count(),
      latencies.most().count());
  return arrived_a_second;
}

void measure_all(const Options& options) {
  const std::vector<Frame> frames = read_frames(options.frames);
  const datapath::Eal eal({.hugepages = options.hugepages,
                           .megabytes = kMegabytes,
                           .worker_cpus = {},
                           .devices = {options.from, options.to}});
  datapath::MbufPool pool(kBuffers, 1500);
  datapath::NicPort from({.device = options.from}, {}, pool);
  datapath::NicPort to({.device = options.to}, {}, pool);
  from.start();
  to.start();
  await_link(from, options.from);
  await_link(to, options.to);

  Probe probe(frames, pool.mempool(), from, to);
  await_first(probe);
  fmt::print("[");
  const double capacity = measure(probe, kUnlimited, options, 0);
  for (const unsigned percentage : options.percentages) {
    fmt::print(", ");
    measure(probe, capacity * percentage / 100, options, percentage);
  }
  fmt::print("]\n");
}

}  // namespace
}  // namespace encluster::bench

int main(int count, char** words) {
  using namespace encluster::bench;
  return run_program("bench_latency", kUsage, [&] { measure_all(parse_options(count, words)); });
}
