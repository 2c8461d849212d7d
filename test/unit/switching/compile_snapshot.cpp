#include "switching/compile_snapshot.hpp"

#include <catch2/catch.hpp>

namespace encluster::switching {
namespace {

constexpr Ipv4Address kCampus(192, 0, 2, 1);
constexpr Ipv4Address kLab(198, 51, 100, 1);
constexpr Ipv4Address kOwn(10, 77, 0, 1);
constexpr Ipv4Address kAlpha(10, 77, 0, 11);
constexpr Ipv4Address kBeta(10, 77, 0, 13);
constexpr PortNumber kLogin{std::uint16_t{513}};
constexpr PortNumber kDatabase{std::uint16_t{5432}};
constexpr NodeId kOne{std::uint16_t{1}};
constexpr NodeId kThree{std::uint16_t{3}};
constexpr std::size_t kWorkers = 2;

class CountingState : public WorkerState {};

class Function : public RoutingFunction {
 public:
  void route(std::span<RouteRequest* const>, WorkerContext&) const noexcept override {}
  [[nodiscard]] std::unique_ptr<WorkerState> make_worker_state(WorkerId) const override {
    return std::make_unique<CountingState>();
  }
};

std::shared_ptr<const RoutingFunction> make_function(const ServiceConfig& config,
                                                     const ClusterView&) {
  if (config.options.contains("broken")) throw ServiceError("broken", "must not be given");
  return std::make_shared<Function>();
}
std::shared_ptr<const RoutingFunction> make_nothing(const ServiceConfig&, const ClusterView&) {
  return nullptr;
}
std::shared_ptr<const RoutingFunction> make_trouble(const ServiceConfig& config,
                                                    const ClusterView&) {
  if (config.options.contains("unknown")) throw 42;
  throw std::out_of_range("no such thing");
}

class Stateless : public RoutingFunction {
 public:
  void route(std::span<RouteRequest* const>, WorkerContext&) const noexcept override {}
  [[nodiscard]] std::unique_ptr<WorkerState> make_worker_state(WorkerId worker) const override {
    if (worker != 0) throw std::length_error("one worker only");
    return nullptr;
  }
};
std::shared_ptr<const RoutingFunction> make_stateless(const ServiceConfig&, const ClusterView&) {
  return std::make_shared<Stateless>();
}

SnapshotCompiler compiler() {
  return SnapshotCompiler({{"login", make_function},
                           {"empty", make_nothing},
                           {"stateless", make_stateless},
                           {"trouble", make_trouble}},
                          kWorkers);
}

ServiceConfig login() {
  ServiceConfig config;
  config.name = "rlogin";
  config.port = kLogin;
  config.plugin = "login";
  return config;
}

ServiceConfig database() {
  ServiceConfig config;
  config.name = "database";
  config.port = kDatabase;
  config.node = kThree;
  return config;
}

/// Two networks, nodes 1 and 3, one service with a function and one without.
ClusterState cluster() {
  ClusterState state;
  state.networks = {{.name = "campus", .address = {kCampus, 24}},
                    {.name = "lab", .address = {kLab, 24}}};
  state.interconnect.address = {kOwn, 24};
  state.ports.slice_size = 8192;
  state.nodes = {{.name = "alpha", .id = kOne, .address = kAlpha, .weight = 5},
                 {.name = "beta", .id = kThree, .address = kBeta, .up = false, .draining = true}};
  state.gateway_weight = 2;
  state.services = {login(), database()};
  return state;
}

const SwitchEntry& entry_of(const Snapshot& snapshot, NetworkIndex network, PortNumber port) {
  const SwitchEntry* entry = snapshot.message_switch.find(network, Protocol::tcp, port);
  REQUIRE(entry != nullptr);
  return *entry;
}

/// The error that a state is refused with, after which the compiler goes on as before.
CompileError refusal(const ClusterState& state) {
  SnapshotCompiler compile = compiler();
  const auto before = compile.compile(cluster());
  try {
    static_cast<void>(compile.compile(state));
  } catch (const CompileError& error) {
    const auto after = compile.compile(cluster());
    CHECK(after->generation == 2);
    CHECK(entry_of(*after, 0, kLogin).function == entry_of(*before, 0, kLogin).function);
    return error;
  }
  FAIL("the state was accepted");
  throw;
}

TEST_CASE("A snapshot lists the nodes by identifier, the gateway first") {
  ClusterState state = cluster();
  state.gateway_draining = true;
  const auto snapshot = compiler().compile(state);
  REQUIRE(snapshot->nodes.size() == 4);
  const NodeStatus& gateway = snapshot->nodes[0];
  CHECK((gateway.present && gateway.up && gateway.draining));
  CHECK(gateway.address == kOwn);
  CHECK(gateway.weight == 2);
  CHECK(snapshot->nodes[1].takes_new_sessions());
  CHECK(snapshot->nodes[1].address == kAlpha);
  CHECK(snapshot->nodes[1].weight == 5);
  CHECK_FALSE(snapshot->nodes[2].present);
  CHECK((snapshot->nodes[3].present && !snapshot->nodes[3].up && snapshot->nodes[3].draining));
}

TEST_CASE("A node whose load is not known counts as loaded as the others on average") {
  ClusterState state = cluster();
  SECTION("some are known") {
    state.loads = {{.node = kOne, .load = 300}, {.node = kThree, .load = 101}};
    const auto snapshot = compiler().compile(state);
    CHECK(snapshot->nodes[0].load == 200);
    CHECK(snapshot->nodes[1].load == 300);
    CHECK(snapshot->nodes[3].load == 101);
  }
  SECTION("none is") {
    const auto snapshot = compiler().compile(state);
    for (const NodeStatus& node : snapshot->nodes) CHECK(node.load == 0);
  }
  SECTION("that of a node that is gone has no place") {
    state.loads = {{.node = NodeId(9), .load = 300}};
    CHECK(compiler().compile(state)->nodes.size() == 4);
  }
}

TEST_CASE("While a node rises, weights are counted in parts of shares") {
  ClusterState state = cluster();
  state.rising = {{.node = kOne, .parts = 3}, {.node = NodeId(9), .parts = 1}};
  const auto snapshot = compiler().compile(state);
  REQUIRE(snapshot->nodes.size() == 4);
  CHECK(snapshot->nodes[0].weight == 2 * kWholeShare);
  CHECK(snapshot->nodes[1].weight == 5 * 3);
  CHECK(snapshot->nodes[3].weight == 1 * kWholeShare);
}

TEST_CASE("A snapshot of a cluster without nodes, services or networks is sound") {
  const auto snapshot = compiler().compile(ClusterState{});
  CHECK(snapshot->generation == 1);
  CHECK(snapshot->nodes.size() == 1);
  CHECK(snapshot->message_switch.entries().empty());
  CHECK_FALSE(snapshot->is_cluster_address(Ipv4Address{}));
  CHECK(snapshot->slices.owner(PortNumber(std::uint16_t{20000})) == std::nullopt);
}

TEST_CASE("A snapshot finds nodes and networks by their addresses") {
  const auto snapshot = compiler().compile(cluster());
  REQUIRE(snapshot->node_by_address.find(kBeta.value()) != nullptr);
  CHECK(*snapshot->node_by_address.find(kBeta.value()) == kThree);
  CHECK(snapshot->node_by_address.find(kOwn.value()) == nullptr);
  CHECK(*snapshot->network_by_address.find(kCampus.value()) == 0);
  CHECK(*snapshot->network_by_address.find(kLab.value()) == 1);
  CHECK_FALSE(snapshot->is_cluster_address(kOwn));
}

TEST_CASE("Slices belong to the configured nodes and the gateway") {
  const auto snapshot = compiler().compile(cluster());
  const auto owner = [&](unsigned slice) {
    return snapshot->slices.owner(PortNumber(static_cast<std::uint16_t>(16384 + slice * 8192)));
  };
  CHECK(owner(0) == kGateway);
  CHECK(owner(1) == kOne);
  CHECK(owner(2) == std::nullopt);
  CHECK(owner(3) == kThree);
}

TEST_CASE("Neighbours and routes are found by the side they are on") {
  ClusterState state = cluster();
  const MacAddress first{2, 0, 0, 0, 0, 1};
  const MacAddress second{2, 0, 0, 0, 0, 2};
  state.neighbours = {{0, kAlpha, first}, {kInterconnect, kAlpha, second}};
  state.routes = {{.prefix = {kLab, 24}, .network = 1, .gateway = std::nullopt}};
  const auto snapshot = compiler().compile(state);
  REQUIRE(snapshot->neighbour(0, kAlpha) != nullptr);
  CHECK(*snapshot->neighbour(0, kAlpha) == first);
  CHECK(snapshot->neighbour(1, kAlpha) == nullptr);
  CHECK(*snapshot->neighbour(kInterconnect, kAlpha) == second);
  REQUIRE(snapshot->routes.find(kLab) != nullptr);
  CHECK(snapshot->routes.find(kLab)->network == 1);
  CHECK(snapshot->routes.find(kCampus) == nullptr);
}

TEST_CASE("A service has an entry on every network, with one function for all") {
  const auto snapshot = compiler().compile(cluster());
  const SwitchEntry& campus = entry_of(*snapshot, 0, kLogin);
  const SwitchEntry& lab = entry_of(*snapshot, 1, kLogin);
  CHECK(campus.function != nullptr);
  CHECK(campus.function == lab.function);
  CHECK(campus.worker_states.size() == kWorkers);
  CHECK(campus.worker_states == lab.worker_states);
  CHECK(campus.service == 0);
  CHECK(entry_of(*snapshot, 1, kDatabase).function == nullptr);
  CHECK(entry_of(*snapshot, 1, kDatabase).node == kThree);
  CHECK(entry_of(*snapshot, 1, kDatabase).service == 1);
  CHECK(snapshot->service_names == std::vector<std::string>{"rlogin", "database"});
}

TEST_CASE("A service that names a network is on that one alone") {
  ClusterState state = cluster();
  state.services[0].network = NetworkIndex{1};
  const auto snapshot = compiler().compile(state);
  CHECK(snapshot->message_switch.find(0, Protocol::tcp, kLogin) == nullptr);
  CHECK(entry_of(*snapshot, 1, kLogin).network == 1);
}

TEST_CASE("A service configured as before keeps its function and its workers' state") {
  SnapshotCompiler compile = compiler();
  ClusterState state = cluster();
  const auto before = compile.compile(state);
  state.nodes[0].draining = true;
  state.services.insert(state.services.begin(), database());
  state.services[0].port = PortNumber(std::uint16_t{5433});
  const auto after = compile.compile(state);
  const SwitchEntry& kept = entry_of(*after, 0, kLogin);
  CHECK(kept.function == entry_of(*before, 0, kLogin).function);
  CHECK(kept.worker_states == entry_of(*before, 0, kLogin).worker_states);
  CHECK(kept.service == 1);
  CHECK(after->generation == before->generation + 1);
}

TEST_CASE(
    "A service gets a new function when its options or the cluster's nodes or exports change") {
  SnapshotCompiler compile = compiler();
  ClusterState state = cluster();
  auto last = entry_of(*compile.compile(state), 0, kLogin).function;
  const auto renewed = [&] {
    const auto function = entry_of(*compile.compile(state), 0, kLogin).function;
    return std::exchange(last, function) != function;
  };
  CHECK_FALSE(renewed());
  state.services[0].options["scheduler"] = "weighted";
  CHECK(renewed());
  state.nodes.push_back({.name = "gamma", .id = NodeId(std::uint16_t{2}), .address = kLab});
  CHECK(renewed());
  state.exports.push_back({.path = "/home", .node = kOne});
  CHECK(renewed());
  CHECK_FALSE(renewed());
}

TEST_CASE("An unknown plugin is refused with the names of those there are") {
  ClusterState state = cluster();
  state.services[0].plugin = "telepathy";
  const CompileError error = refusal(state);
  CHECK(error.service() == "rlogin");
  CHECK(error.key() == "plugin");
  CHECK_THAT(error.what(),
             Catch::Contains("telepathy") && Catch::Contains("empty, login, stateless, trouble"));
}

TEST_CASE("What a plugin refuses is told with the service and the plugin's key") {
  ClusterState state = cluster();
  state.services[0].options["broken"] = "yes";
  const CompileError error = refusal(state);
  CHECK(error.service() == "rlogin");
  CHECK(error.key() == "broken");
  CHECK_THAT(error.what(), Catch::Contains("must not be given"));
}

/// What the compiler says when the plugin makes the first service's function.
std::string refusal_of_plugin(const std::string& plugin, bool unknown = false) {
  ClusterState state = cluster();
  state.services[0].plugin = plugin;
  if (unknown) state.services[0].options["unknown"] = "yes";
  const CompileError error = refusal(state);
  CHECK(error.key() == "plugin");
  return error.what();
}

TEST_CASE("A plugin that makes no function is refused") {
  CHECK(refusal_of_plugin("empty") ==
        "found plugin empty, which made nothing; allowed: a plugin that makes a "
        "routing function");
}

TEST_CASE("Whatever a plugin throws, the refusal names the plugin") {
  CHECK_THAT(refusal_of_plugin("trouble"),
             Catch::Contains("found plugin trouble, which threw 'no such thing'; allowed"));
  CHECK_THAT(refusal_of_plugin("trouble", true),
             Catch::Contains("found plugin trouble, which threw what is no std::exception"));
}

TEST_CASE("A function that can make no state for a worker is refused") {
  CHECK_THAT(refusal_of_plugin("stateless"), Catch::Contains("which threw 'one worker only'"));
}

TEST_CASE("A service that names a node or network that does not exist is refused") {
  ClusterState state = cluster();
  state.services[1].node = NodeId(std::uint16_t{2});
  CHECK(refusal(state).key() == "node");
  state = cluster();
  state.services[0].nodes = {kOne, NodeId(std::uint16_t{4})};
  CHECK(refusal(state).key() == "nodes");
  state = cluster();
  state.services[0].network = NetworkIndex{2};
  CHECK(refusal(state).key() == "network");
}

}  // namespace
}  // namespace encluster::switching
