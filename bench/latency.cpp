// How long frames take through a device under test, and how many get lost, at a set rate.
//
//   bench_latency --frames FILE --from DEVICE --to DEVICE --rate FRAMES [--seconds N] [--cpu N]
//
// Sends the frames of a capture, over and over, by one DPDK device and receives them by the other.
// Prints one line of JSON. Used by scripts/bench.
#include <fmt/format.h>
#include <getopt.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include "command_line.hpp"
#include "datapath/eal.hpp"
#include "datapath/mbuf_pool.hpp"
#include "datapath/nic_port.hpp"
#include "probe.hpp"

namespace encluster::bench {
namespace {

constexpr std::string_view kUsage =
    "usage: bench_latency --frames FILE --from DEVICE --to DEVICE --rate FRAMES [--seconds N]\n"
    "                     [--cpu N] [--hugepages]\n"
    "  --frames FILE     a capture of UDP datagrams, sent over and over\n"
    "  --from, --to      DPDK devices by which they are sent and received\n"
    "  --rate FRAMES     a second\n"
    "  --seconds N       default 2\n"
    "  --cpu N           the processor of this program; default 0\n"
    "  --hugepages       use them\n";

constexpr std::uint32_t kBuffers = 8192;
constexpr std::uint32_t kMegabytes = 64;
constexpr auto kConnecting = std::chrono::seconds(10);

struct Options {
  std::string frames;
  std::string from;
  std::string to;
  ProbeSettings probe{.rate = 0, .duration = std::chrono::seconds(2)};
  std::uint32_t cpu = 0;
  bool hugepages = false;
};

double to_number(const char* text, double least, double most) {
  char* end = nullptr;
  const double number = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(number >= least && number <= most)) {
    throw UsageError(fmt::format("found '{}'; allowed: {} to {}", text, least, most));
  }
  return number;
}

Options parse_options(int count, char** words) {
  enum Option { frames, from, to, rate, seconds, cpu, hugepages };
  constexpr option kOptions[] = {
      {"frames", required_argument, nullptr, frames},   {"from", required_argument, nullptr, from},
      {"to", required_argument, nullptr, to},           {"rate", required_argument, nullptr, rate},
      {"seconds", required_argument, nullptr, seconds}, {"cpu", required_argument, nullptr, cpu},
      {"hugepages", no_argument, nullptr, hugepages},   {},
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
      case rate:
        options.probe.rate = to_number(optarg, 1, 1e9);
        break;
      case seconds:
        options.probe.duration = std::chrono::duration<double>(to_number(optarg, 0.01, 3600));
        break;
      case cpu:
        options.cpu = static_cast<std::uint32_t>(to_number(optarg, 0, 1023));
        break;
      case hugepages:
        options.hugepages = true;
        break;
      default:
        throw UsageError(fmt::format("what is {}?", words[optind - 1]));
    }
  }
  const bool whole = !options.frames.empty() && !options.from.empty() && !options.to.empty();
  if (!whole || options.probe.rate == 0 || optind != count)
    throw UsageError("something is missing");
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

void measure(const Options& options) {
  const std::vector<Frame> frames = read_frames(options.frames);
  datapath::EalSettings settings;
  settings.hugepages = options.hugepages;
  settings.megabytes = kMegabytes;
  settings.worker_cpus = {options.cpu};
  settings.devices = {options.from, options.to};
  const datapath::Eal eal(settings);
  datapath::MbufPool pool(kBuffers, 1500);
  datapath::NicPort from({.device = options.from}, {}, pool);
  datapath::NicPort to({.device = options.to}, {}, pool);
  from.start();
  to.start();
  await_link(from, options.from);
  await_link(to, options.to);

  const auto result = std::make_unique<ProbeResult>();
  probe(options.probe, frames, pool.mempool(), from, to, *result);
  if (result->arrived == 0) throw std::runtime_error("nothing arrived");
  const Latencies& latencies = result->latencies;
  fmt::print(
      "{{\"due\": {}, \"sent\": {}, \"arrived\": {}, \"p50\": {}, \"p99\": {}, \"p999\": {}, "
      "\"most\": {}}}\n",
      result->due, result->sent, result->arrived, latencies.quantile(0.5).count(),
      latencies.quantile(0.99).count(), latencies.quantile(0.999).count(),
      latencies.most().count());
}

}  // namespace
}  // namespace encluster::bench

int main(int count, char** words) {
  using namespace encluster::bench;
  return run_program("bench_latency", kUsage, [&] { measure(parse_options(count, words)); });
}
