// Simulated agents of a cluster, against a real gateway: see kUsage. Used by scripts/bench.
#include <fmt/format.h>
#include <getopt.h>
#include <unistd.h>

#include <boost/asio/ip/address_v4.hpp>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "agent/gateway_session.hpp"
#include "agents/conntrack.hpp"
#include "agents/rates.hpp"
#include "agents/sockets.hpp"
#include "agents/tls_limit.hpp"
#include "command_line.hpp"

namespace encluster::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::string_view kUsage =
    "usage: bench_agents COMMAND OPTION...\n"
    "Agents that a gateway is to call when it starts; `waiting` is printed first, then JSON.\n"
    "  rates      how fast agents join and get leases, and how fast they join a server that does\n"
    "             nothing but welcome them. Times are in nanoseconds\n"
    "  sockets    tells of made-up TCP connections, and stays joined until it is killed. Times "
    "are\n"
    "             those of CLOCK_MONOTONIC, in nanoseconds\n"
    "  conntrack  no agents: records as many connections in the connection tracking of the kernel\n"
    "Options of rates and sockets:\n"
    "  --gateway ADDRESS  of the gateway\n"
    "  --port N           where it serves agents\n"
    "  --agents FILE      one a line: name, address, token of a node\n"
    "Options of rates:\n"
    "  --certificate FILE, --key FILE   the gateway's\n"
    "  --times N          that each agent joins; default 40, at most 50\n"
    "Options of sockets and conntrack:\n"
    "  --sockets N        default 1000\n"
    "  --service N        their TCP port; default 22\n";

/// At once, of agents that join; the gateway lets 64 try.
constexpr std::size_t kWidth = 32;
/// For each that joins when others do, so many times one joins alone.
constexpr std::size_t kFewer = 10;
constexpr std::size_t kLeasing = 8;  ///< nodes
constexpr std::size_t kPorts = 512;  ///< of each, when all ask at once
constexpr std::size_t kMostTimes = 50;

struct Options {
  std::string command;
  asio::ip::address_v4 gateway;
  std::uint16_t port = 0;
  std::string agents;
  std::string certificate;
  std::string key;
  std::size_t times = 40;
  std::size_t sockets = 1000;
  PortNumber service{22};
};

std::size_t to_number(std::string_view text, std::size_t most) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0 || number > most) {
    throw UsageError(fmt::format("found '{}'; allowed: 1 to {}", text, most));
  }
  return number;
}

void set(Options& options, std::string_view name, const char* value) {
  const auto port = [&] { return static_cast<std::uint16_t>(to_number(value, 65535)); };
  if (name == "gateway") {
    boost::system::error_code error;
    options.gateway = asio::ip::make_address_v4(value, error);
    if (error) throw UsageError(fmt::format("{} is no address", value));
  } else if (name == "port") {
    options.port = port();
  } else if (name == "agents") {
    options.agents = value;
  } else if (name == "certificate") {
    options.certificate = value;
  } else if (name == "key") {
    options.key = value;
  } else if (name == "times") {
    options.times = to_number(value, kMostTimes);
  } else if (name == "sockets") {
    options.sockets = to_number(value, 4'000'000);
  } else if (name == "service") {
    options.service = PortNumber(port());
  }
}

Options parse_options(int count, char** words) {
  constexpr option kOptions[] = {
      {"gateway", required_argument, nullptr, 0},
      {"port", required_argument, nullptr, 0},
      {"agents", required_argument, nullptr, 0},
      {"certificate", required_argument, nullptr, 0},
      {"key", required_argument, nullptr, 0},
      {"times", required_argument, nullptr, 0},
      {"sockets", required_argument, nullptr, 0},
      {"service", required_argument, nullptr, 0},
      {},
  };
  Options options;
  opterr = 0;
  int index = 0;
  for (int found = 0; (found = getopt_long(count, words, "", kOptions, &index)) != -1;) {
    if (found != 0) throw UsageError(fmt::format("what is {}?", words[optind - 1]));
    set(options, kOptions[index].name, optarg);
  }
  if (optind + 1 != count) throw UsageError("one command is needed");
  options.command = words[optind];
  return options;
}

/// Agents that listen for the gateway's call.
class Nodes {
 public:
  explicit Nodes(const Options& options)
      : identities_(read_identities(options.agents)),
        agents_(make_agents(io_, tls_, {options.gateway, options.port}, identities_)) {
    for (SimulatedAgent& agent : agents_) agent.listen();
    fmt::print("waiting\n");
    std::fflush(stdout);
  }

  [[nodiscard]] asio::io_context& io() noexcept { return io_; }
  [[nodiscard]] asio::ssl::context& tls() noexcept { return tls_; }
  [[nodiscard]] SimulatedAgents& agents() noexcept { return agents_; }
  [[nodiscard]] std::vector<AgentIdentity> identities() const { return identities_; }

 private:
  asio::io_context io_{1};
  asio::ssl::context tls_ = agent::client_context();
  const std::vector<AgentIdentity> identities_;
  SimulatedAgents agents_;
};

/// As agents of a cluster that is the program's own.
struct LimitRates {
  double alone;
  double together;
};

LimitRates limit_rates(Nodes& nodes, const Options& options) {
  const TlsLimit limit(options.certificate, options.key);
  std::vector<AgentIdentity> identities = nodes.identities();
  for (AgentIdentity& identity : identities) identity.address = limit.endpoint().address().to_v4();
  SimulatedAgents agents = make_agents(nodes.io(), nodes.tls(), limit.endpoint(), identities);
  const std::size_t few = std::max<std::size_t>(1, options.times / kFewer);
  const double alone = join_rate(nodes.io(), agents, 1, few);
  return {alone, join_rate(nodes.io(), agents, kWidth, options.times)};
}

void measure_rates(const Options& options) {
  Nodes nodes(options);
  SimulatedAgents& agents = nodes.agents();
  if (agents.size() < kLeasing) {
    throw UsageError(fmt::format("found {} agents; allowed: {} or more", agents.size(), kLeasing));
  }
  // Until all have told what they have, nobody gets a lease.
  static_cast<void>(tell_sockets(nodes.io(), agents, 0, options.service));
  for (SimulatedAgent& agent : agents) agent.leave();
  const std::size_t few = std::max<std::size_t>(1, options.times / kFewer);
  const Latencies latencies = measure_latencies(nodes.io(), agents.front(), 5 * options.times);
  const double leases = lease_rate(nodes.io(), agents, kLeasing, kPorts, few);
  const double alone = join_rate(nodes.io(), agents, 1, few);
  const double together = join_rate(nodes.io(), agents, kWidth, options.times);
  const LimitRates limit = limit_rates(nodes, options);
  fmt::print(
      "{{\"joins_alone\": {:.1f}, \"joins_together\": {:.1f}, \"limit_alone\": {:.1f}, "
      "\"limit_together\": {:.1f}, \"leases\": {:.0f}, \"lease_p50\": {}, \"lease_p99\": {}, "
      "\"heartbeat_p50\": {}, \"heartbeat_p99\": {}}}\n",
      alone, together, limit.alone, limit.together, leases,
      Latencies::quantile(latencies.leases, 0.5).count(),
      Latencies::quantile(latencies.leases, 0.99).count(),
      Latencies::quantile(latencies.heartbeats, 0.5).count(),
      Latencies::quantile(latencies.heartbeats, 0.99).count());
}

void report_sockets(const Options& options) {
  Nodes nodes(options);
  const Told told = tell_sockets(nodes.io(), nodes.agents(), options.sockets, options.service);
  fmt::print("{{\"first\": {}, \"last\": {}}}\n", told.first.time_since_epoch().count(),
             told.last.time_since_epoch().count());
  std::fflush(stdout);
  pause();
}

void run(const Options& options) {
  if (options.command == "rates") return measure_rates(options);
  if (options.command == "sockets") return report_sockets(options);
  if (options.command != "conntrack") {
    throw UsageError(fmt::format("there is no command {}", options.command));
  }
  fmt::print("{{\"rate\": {:.0f}}}\n", conntrack_rate(options.sockets, options.service));
}

}  // namespace
}  // namespace encluster::bench

int main(int count, char** words) {
  using namespace encluster::bench;
  return run_program("bench_agents", kUsage, [&] { run(parse_options(count, words)); });
}
