#include "portmapper/portmapper.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "portmapper/call_rates.hpp"

namespace encluster::portmapper {

namespace {

constexpr std::uint32_t kDefaultRate = 50;

struct PortmapperState final : WorkerState {
  CallRates rates;
};

class PortmapperFunction final : public RoutingFunction {
 public:
  PortmapperFunction(std::vector<Ipv4Prefix> clients, std::uint32_t rate)
      : clients_(std::move(clients)), rate_(rate) {}

  void route(std::span<RouteRequest* const> burst, WorkerContext& context) const noexcept override {
    for (RouteRequest* const request : burst) route(*request, context);
  }
  [[nodiscard]] std::unique_ptr<WorkerState> make_worker_state(WorkerId) const override {
    return std::make_unique<PortmapperState>();
  }

 private:
  void route(RouteRequest& request, WorkerContext& context) const noexcept;
  [[nodiscard]] bool is_client(Ipv4Address remote) const noexcept;

  std::vector<Ipv4Prefix> clients_;  ///< empty: everybody
  std::uint32_t rate_;
};

bool PortmapperFunction::is_client(Ipv4Address remote) const noexcept {
  return clients_.empty() || std::ranges::any_of(clients_, [&](const Ipv4Prefix& clients) {
           return clients.contains(remote);
         });
}

void PortmapperFunction::route(RouteRequest& request, WorkerContext& context) const noexcept {
  // A node finds the gateway's rpcbind at the gateway's own address.
  if (request.from_node) return request.drop(DropReason::no_node);
  const Ipv4Address remote = request.packet->source;
  if (!is_client(remote)) return request.drop(DropReason::client_denied);
  CallRates& rates = static_cast<PortmapperState&>(*context.state).rates;
  const std::uint32_t calls =
      context.simulated ? rates.peek(remote, context.now) : rates.note(remote, context.now);
  if (calls > rate_) return request.drop(DropReason::rate_limited);
  request.forward(kGateway);
}

/// Reads a number at the beginning of the text, and cuts it off.
template <typename Number>
std::optional<Number> cut_number(std::string_view& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Four numbers with dots between them, a slash, and the length.
std::optional<Ipv4Prefix> parse_network(std::string_view text) {
  std::uint32_t address = 0;
  for (const char separator : {'.', '.', '.', '/'}) {
    const auto byte = cut_number<std::uint8_t>(text);
    if (!byte || !text.starts_with(separator)) return std::nullopt;
    address = address << 8 | *byte;
    text.remove_prefix(1);
  }
  const auto length = cut_number<std::uint8_t>(text);
  if (!length || *length > 32 || !text.empty()) return std::nullopt;
  const Ipv4Prefix network{Ipv4Address(address), *length};
  return network.first() == network.address ? std::optional(network) : std::nullopt;
}

std::vector<Ipv4Prefix> parse_clients(const std::string& text) {
  std::vector<Ipv4Prefix> clients;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    const auto network = parse_network(rest.substr(0, blank));
    if (!network) {
      throw ServiceError("clients", "found '" + text +
                                        "'; allowed: networks such as 198.51.100.0/24, with one "
                                        "blank between two");
    }
    clients.push_back(*network);
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return clients;
}

std::uint32_t parse_rate(const std::string& text) {
  std::string_view rest = text;
  const auto rate = cut_number<std::uint32_t>(rest);
  if (!rate || *rate == 0 || *rate > 1'000'000 || !rest.empty()) {
    throw ServiceError("rate", "found '" + text + "'; allowed: a whole number from 1 to 1000000");
  }
  return *rate;
}

}  // namespace

std::shared_ptr<const RoutingFunction> make_portmapper(const ServiceConfig& config,
                                                       const ClusterView&) {
  if (config.protocol != Protocol::udp) {
    throw ServiceError("port", "found a TCP port; allowed: a UDP port, such as 111/udp");
  }
  std::vector<Ipv4Prefix> clients;
  std::uint32_t rate = kDefaultRate;
  for (const auto& [key, value] : config.options) {
    if (key == "clients") {
      clients = parse_clients(value);
    } else if (key == "rate") {
      rate = parse_rate(value);
    } else {
      throw ServiceError(key,
                         "found an unknown option of plugin portmapper; allowed: clients, rate");
    }
  }
  return std::make_shared<PortmapperFunction>(std::move(clients), rate);
}

}  // namespace encluster::portmapper
