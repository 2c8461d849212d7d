#include "portmapper/portmapper.hpp"

#include <catch2/catch.hpp>

namespace encluster::portmapper {
namespace {

using Options = std::map<std::string, std::string>;

constexpr Ipv4Address kRemote(198, 51, 100, 7);
constexpr Ipv4Address kStranger(203, 0, 113, 7);

ServiceConfig config_with(Options options) {
  ServiceConfig config;
  config.protocol = Protocol::udp;
  config.port = PortNumber(111);
  config.options = std::move(options);
  return config;
}

/// A worker that asks the function for one message after the other.
struct Fixture {
  explicit Fixture(Options options = {})
      : function(make_portmapper(config_with(std::move(options)), {})),
        state(function->make_worker_state(0)) {
    context.now = 7;
    context.state = state.get();
  }
  RouteRequest ask(Ipv4Address remote, bool from_node = false) {
    packet.source = remote;
    RouteRequest request;
    request.packet = &packet;
    request.from_node = from_node;
    RouteRequest* const one = &request;
    function->route({&one, 1}, context);
    return request;
  }

  Packet packet;
  std::shared_ptr<const RoutingFunction> function;
  std::unique_ptr<WorkerState> state;
  WorkerContext context;
};

/// The key that an error names.
std::string wrong(const Options& options) {
  try {
    static_cast<void>(make_portmapper(config_with(options), {}));
  } catch (const ServiceError& error) {
    return error.key();
  }
  return "";
}

}  // namespace

TEST_CASE("calls are the gateway's own, up to so many of a remote within a second") {
  Fixture worker(Options{{"rate", "3"}});
  for (int i = 0; i < 3; ++i) {
    const RouteRequest request = worker.ask(kRemote);
    CHECK(request.verdict == Verdict::forward);
    CHECK(request.node == kGateway);
  }
  CHECK(worker.ask(kRemote).reason == DropReason::rate_limited);
  CHECK(worker.ask(kStranger).verdict == Verdict::forward);
  worker.context.now = 8;
  CHECK(worker.ask(kRemote).verdict == Verdict::forward);
}

TEST_CASE("a simulated call is told the truth, and does not count") {
  Fixture worker(Options{{"rate", "1"}});
  worker.context.simulated = true;
  CHECK(worker.ask(kRemote).verdict == Verdict::forward);
  CHECK(worker.ask(kRemote).verdict == Verdict::forward);
  worker.context.simulated = false;
  worker.ask(kRemote);
  worker.context.simulated = true;
  CHECK(worker.ask(kRemote).reason == DropReason::rate_limited);
}

TEST_CASE("only clients are answered, where some are named") {
  Fixture worker(Options{{"clients", "192.0.2.0/24 198.51.100.7/32"}});
  CHECK(worker.ask(kRemote).verdict == Verdict::forward);
  CHECK(worker.ask(Ipv4Address(192, 0, 2, 200)).verdict == Verdict::forward);
  CHECK(worker.ask(Ipv4Address(198, 51, 100, 8)).reason == DropReason::client_denied);
  CHECK(worker.ask(kStranger).reason == DropReason::client_denied);
}

TEST_CASE("a node is not sent to the gateway") {
  Fixture worker;
  CHECK(worker.ask(Ipv4Address(10, 77, 0, 11), true).reason == DropReason::no_node);
}

TEST_CASE("wrong options are named") {
  for (const char* clients :
       {"192.0.2.0", "192.0.2.1/24", "192.0.2.0/33", "192.0.2/24", "192.0.2.256/32", "any",
        "192.0.2.0/24,198.51.100.0/24", "192.0.2.0/24  198.51.100.0/24", " 192.0.2.0/24", "/24"}) {
    INFO(clients);
    CHECK(wrong({{"clients", clients}}) == "clients");
  }
  for (const char* rate : {"", "0", "-1", "1.5", "1000001", "many", "99999999999999"}) {
    INFO(rate);
    CHECK(wrong({{"rate", rate}}) == "rate");
  }
  CHECK(wrong({{"burst", "1"}}) == "burst");
  CHECK(wrong({{"clients", ""}, {"rate", "1000000"}}).empty());
  ServiceConfig tcp = config_with({});
  tcp.protocol = Protocol::tcp;
  CHECK_THROWS_AS(make_portmapper(tcp, {}), ServiceError);
}

}  // namespace encluster::portmapper
