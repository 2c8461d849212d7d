#include "login/login.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "net/headers.hpp"
#include "net/reply.hpp"

namespace encluster::login {

namespace {

constexpr NodeId kAlpha{std::uint16_t{1}};
constexpr NodeId kBeta{std::uint16_t{2}};
constexpr NodeId kGamma{std::uint16_t{3}};

ServiceConfig rlogin() {
  ServiceConfig config;
  config.name = "rlogin";
  config.port = PortNumber(std::uint16_t{513});
  config.plugin = "login";
  return config;
}

/// One segment that reached the service, in a buffer of its own.
struct Segment {
  std::array<std::byte, 128> bytes{};
  Packet packet;
  RouteRequest request;

  explicit Segment(std::uint8_t flags) {
    packet.frame = bytes.data();
    packet.capacity = static_cast<std::uint16_t>(bytes.size());
    net::BareSegment segment{};
    segment.source = Ipv4Address(198, 51, 100, 7);
    segment.destination = Ipv4Address(192, 0, 2, 1);
    segment.source_port = PortNumber(std::uint16_t{1021});
    segment.destination_port = PortNumber(std::uint16_t{513});
    segment.flags = flags;
    net::write_segment(packet, segment);
    request.packet = &packet;
  }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
};

/// A worker with one login service, and the gateway with nodes alpha, beta and gamma, all up.
class Service {
 public:
  explicit Service(const ServiceConfig& config)
      : function_(make_login(config, {.nodes = {kGateway, kAlpha, kBeta, kGamma}, .exports = {}})),
        state_(function_->make_worker_state(0)) {
    for (NodeStatus& node : nodes) node.present = node.up = true;
  }

  void route(const std::vector<Segment*>& segments, bool simulated = false) {
    std::vector<RouteRequest*> burst;
    for (Segment* const segment : segments) burst.push_back(&segment->request);
    WorkerContext context;
    context.nodes = nodes;
    context.connections_by_node = connections;
    context.state = state_.get();
    context.now = now;
    context.simulated = simulated;
    function_->route(burst, context);
  }

  /// Routes one SYN and returns its node's number, or -1 where it was not forwarded.
  int open(bool from_node = false, bool simulated = false) {
    Segment segment(tcp_flag::syn);
    segment.request.from_node = from_node;
    route({&segment}, simulated);
    const bool forwarded = segment.request.verdict == Verdict::forward;
    return forwarded ? segment.request.node.value() : -1;
  }

  std::array<NodeStatus, 4> nodes;
  std::array<std::uint32_t, 4> connections{};
  Seconds now = 0;

 private:
  std::shared_ptr<const RoutingFunction> function_;
  std::unique_ptr<WorkerState> state_;
};

std::string culprit(const ServiceConfig& config) {
  try {
    static_cast<void>(make_login(config, {}));
  } catch (const ServiceError& error) {
    return error.key();
  }
  return "";
}

}  // namespace

TEST_CASE("a SYN is forwarded to a node and remembered") {
  Service service(rlogin());
  Segment syn(tcp_flag::syn);
  service.route({&syn});
  CHECK(syn.request.verdict == Verdict::forward);
  CHECK(syn.request.node == kAlpha);
  CHECK(syn.request.remember);
}

TEST_CASE("without configured nodes every node but the gateway takes its turn") {
  Service service(rlogin());
  CHECK(service.open() == 1);
  CHECK(service.open() == 2);
  CHECK(service.open() == 3);
  CHECK(service.open() == 1);
}

TEST_CASE("configured nodes take turns in their order, the gateway among them") {
  auto config = rlogin();
  config.nodes = {kGamma, kGateway, kAlpha};
  Service service(config);
  CHECK(service.open() == 3);
  CHECK(service.open() == 0);
  CHECK(service.open() == 1);
  CHECK(service.open() == 3);
}

TEST_CASE("a node is never sent to the gateway") {
  auto config = rlogin();
  config.nodes = {kGateway, kBeta};
  Service service(config);
  CHECK(service.open(true) == 2);
  CHECK(service.open(true) == 2);
  CHECK(service.open(false) == 0);
}

TEST_CASE("a node finds no node where only the gateway serves") {
  auto config = rlogin();
  config.nodes = {kGateway};
  Service service(config);
  CHECK(service.open(true) == -1);
  CHECK(service.open(false) == 0);
}

TEST_CASE("nodes that are down, draining, without weight or gone get no sessions") {
  Service service(rlogin());
  SECTION("down") { service.nodes[1].up = false; }
  SECTION("draining") { service.nodes[1].draining = true; }
  SECTION("without weight") { service.nodes[1].weight = 0; }
  SECTION("gone") { service.nodes[1].present = false; }
  CHECK(service.open() == 2);
  CHECK(service.open() == 3);
  CHECK(service.open() == 2);
}

TEST_CASE("a candidate outside the table of nodes gets no sessions") {
  auto config = rlogin();
  config.nodes = {NodeId(std::uint16_t{900}), kBeta};
  Service service(config);
  CHECK(service.open() == 2);
  CHECK(service.open() == 2);
}

TEST_CASE("a SYN that no node takes is answered by RST") {
  Service service(rlogin());
  for (NodeStatus& node : service.nodes) node.up = false;
  Segment syn(tcp_flag::syn);
  service.route({&syn});
  CHECK(syn.request.verdict == Verdict::answer);
  CHECK(syn.request.reason == DropReason::no_node);
  const auto& reply = syn.packet.header_at<net::TcpHeader>(syn.packet.l4);
  CHECK((reply.flags & tcp_flag::rst) != 0);
  CHECK(reply.source_port.host() == 513);
}

TEST_CASE("a segment without connection that opens none is answered by RST") {
  Service service(rlogin());
  const int flags = GENERATE(0, 0x10, 0x12, 0x11, 0x18);  // none; ACK, with SYN, FIN, PSH
  Segment segment(static_cast<std::uint8_t>(flags));
  service.route({&segment});
  CHECK(segment.request.verdict == Verdict::answer);
  CHECK(segment.request.reason == DropReason::no_connection);
  CHECK_FALSE(segment.request.remember);
}

TEST_CASE("a RST without connection is dropped, not answered") {
  Service service(rlogin());
  Segment segment(tcp_flag::rst);
  service.route({&segment});
  CHECK(segment.request.verdict == Verdict::drop);
  CHECK(segment.request.reason == DropReason::no_connection);
}

TEST_CASE("a simulated SYN gets the answer that would come, and changes nothing") {
  auto config = rlogin();
  const std::string scheduler =
      GENERATE("round-robin", "weighted-round-robin", "least-connections", "least-loaded");
  config.options["scheduler"] = scheduler;
  Service service(config);
  CHECK(service.open() == 1);
  CHECK(service.open(false, true) == 2);
  CHECK(service.open(false, true) == 2);
  CHECK(service.open() == 2);
}

TEST_CASE("least connections spreads the SYNs of one burst") {
  auto config = rlogin();
  config.options["scheduler"] = "least-connections";
  Service service(config);
  service.connections = {0, 2, 0, 1};
  std::array<Segment, 3> segments{Segment(tcp_flag::syn), Segment(tcp_flag::syn),
                                  Segment(tcp_flag::syn)};
  service.route({&segments[0], &segments[1], &segments[2]});
  std::array<int, 4> sessions{};
  for (const Segment& segment : segments) ++sessions[segment.request.node.value()];
  CHECK(sessions == std::array<int, 4>{0, 0, 2, 1});
}

TEST_CASE("least connections looks at the published counts again with each burst") {
  auto config = rlogin();
  config.options["scheduler"] = "least-connections";
  Service service(config);
  service.connections = {0, 1, 0, 1};
  CHECK(service.open() == 2);
  service.connections = {0, 0, 1, 1};
  CHECK(service.open() == 1);
}

TEST_CASE("least loaded looks at the published loads again with each burst") {
  auto config = rlogin();
  config.options["scheduler"] = "least-loaded";
  Service service(config);
  service.nodes[1].load = service.nodes[3].load = 100;
  CHECK(service.open() == 2);
  service.nodes[2].load = 200;
  service.nodes[1].load = 0;
  CHECK(service.open() == 1);
}

TEST_CASE("least loaded forgets sessions by the worker's clock") {
  auto config = rlogin();
  config.options["scheduler"] = "least-loaded";
  config.nodes = {kAlpha, kBeta};
  Service service(config);
  service.nodes[2].load = 20;
  for (int i = 0; i < 4; ++i) CHECK(service.open() == 1);
  CHECK(service.open() == 2);
  service.now = 3600;
  CHECK(service.open() == 1);
}

TEST_CASE("weights of the nodes take effect with the next burst") {
  auto config = rlogin();
  config.options["scheduler"] = "weighted-round-robin";
  config.nodes = {kAlpha, kBeta};
  Service service(config);
  CHECK(service.open() == 1);
  CHECK(service.open() == 2);
  service.nodes[2].weight = 3;
  CHECK(service.open() == 2);
  CHECK(service.open() == 1);
  CHECK(service.open() == 2);
  CHECK(service.open() == 2);
}

TEST_CASE("two services do not share turns") {
  Service rlogin_service(rlogin());
  Service rsh_service(rlogin());
  CHECK(rlogin_service.open() == 1);
  CHECK(rsh_service.open() == 1);
}

TEST_CASE("the login service refuses what it cannot serve, and names the key") {
  auto config = rlogin();
  CHECK(culprit(config).empty());
  SECTION("UDP") {
    config.protocol = Protocol::udp;
    CHECK(culprit(config) == "port");
  }
  SECTION("an unknown scheduler") {
    config.options["scheduler"] = "random";
    CHECK(culprit(config) == "scheduler");
  }
  SECTION("an unknown option") {
    config.options["schedular"] = "round-robin";
    CHECK(culprit(config) == "schedular");
  }
}

}  // namespace encluster::login
