// MOUNT at nodes whose mountd has a port of its own: the outside knows the service's port alone.
#include <catch2/catch.hpp>

#include "mount/mount.hpp"
#include "support/gateway.hpp"
#include "switching/emitter.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::uint16_t kMount = 20048;
constexpr std::uint16_t kAlphaMount = 892;
constexpr std::uint16_t kBetaMount = kBetaSlice + 17;
constexpr std::uint16_t kLists = kGatewaySlice + 16;

switching::ClusterState exporting_cluster() {
  switching::ClusterState state = example_cluster();
  ServiceConfig service;
  service.name = "mount";
  service.protocol = Protocol::udp;
  service.port = PortNumber(kMount);
  service.plugin = "mount";
  state.services.push_back(service);
  state.exports = {{.path = "/export/alpha", .node = NodeId(1)},
                   {.path = "/export/beta", .node = NodeId(2)}};
  state.nodes[0].mount_port = PortNumber(kAlphaMount);
  state.nodes[1].mount_port = PortNumber(kBetaMount);
  state.mount_lists_port = PortNumber(kLists);
  return state;
}

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

class MountGateway : public Gateway {
 public:
  MountGateway() : Gateway(exporting_cluster(), small_limits(), {{"mount", &mount::make_mount}}) {}
};

/// A call of MOUNT version 3 without credentials.
std::string call(std::uint32_t procedure, const std::string& path = {}) {
  std::string bytes;
  for (const std::uint32_t word : {7U, 0U, 2U, 100005U, 3U, procedure, 0U, 0U, 0U, 0U}) {
    bytes += number(word);
  }
  if (path.empty()) return bytes;
  bytes += number(static_cast<std::uint32_t>(path.size())) + path;
  return bytes + std::string((4 - path.size() % 4) % 4, '\0');
}

PacketBuilder to_cluster(const std::string& payload) {
  return udp().from(kRemote, 800).to(kCluster, kMount).payload(payload);
}

/// What an ICMP error quotes.
std::string quote_of(const Outcome& error) {
  constexpr std::ptrdiff_t kEthernet = 14;
  constexpr std::ptrdiff_t kQuote = kEthernet + 20 + 8;
  std::vector<std::byte> quote(error.frame.begin(), error.frame.begin() + kEthernet);
  quote.insert(quote.end(), error.frame.begin() + kQuote, error.frame.end());
  return describe(quote);
}

}  // namespace

TEST_CASE("MNT goes to its node's mountd, and the answer leaves from the service's port") {
  MountGateway gateway;
  const Outcome out = gateway.from_remote(to_cluster(call(1, "/export/alpha/x")));
  CHECK(out.text == "192.0.2.101:800 > 10.77.0.11:892 UDP len 60");
  CHECK(checksums_ok(out.frame));
  const Outcome answer =
      gateway.from_node(udp().from(kAlpha, kAlphaMount).to(kRemote, 800).payload("reply"));
  CHECK(answer.text == "192.0.2.1:20048 > 192.0.2.101:800 UDP len 5");
  CHECK(checksums_ok(answer.frame));
  CHECK(gateway.connections().empty());
}

TEST_CASE("a mountd's port may lie in its node's slice") {
  MountGateway gateway;
  const Outcome out = gateway.from_remote(to_cluster(call(1, "/export/beta")));
  CHECK(out.text == "192.0.2.101:800 > 10.77.0.12:32785 UDP len 56");
  const Outcome answer =
      gateway.from_node(udp().from(kBeta, kBetaMount).to(kRemote, 800).payload("reply"));
  CHECK(answer.text == "192.0.2.1:20048 > 192.0.2.101:800 UDP len 5");
}

TEST_CASE("what another node sends from that port leaves from that port") {
  MountGateway gateway;
  const Outcome out =
      gateway.from_node(udp().from(kBeta, kAlphaMount).to(kRemote, 800).payload("reply"));
  CHECK(out.text == "192.0.2.1:892 > 192.0.2.101:800 UDP len 5");
}

TEST_CASE("UMNTALL is answered, and reaches each mountd at its own port") {
  MountGateway gateway;
  const Outcome out = gateway.from_remote(to_cluster(call(4)));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.text == "192.0.2.1:20048 > 192.0.2.101:800 UDP len 24");
  REQUIRE(gateway.extras().size() == 2);
  CHECK(gateway.extras()[0].text == "192.0.2.101:800 > 10.77.0.11:892 UDP len 40");
  CHECK(gateway.extras()[1].text == "192.0.2.101:800 > 10.77.0.12:32785 UDP len 40");
  for (const Outcome& copy : gateway.extras()) CHECK(checksums_ok(copy.frame));
}

TEST_CASE("UMNTALL that no server could be told of is not answered") {
  MountGateway gateway;
  std::size_t answers = 0;
  for (int i = 0; i < 1000; ++i) {
    const Outcome out = gateway.from_remote(to_cluster(call(4)));
    if (out.verdict == Verdict::answer) {
      ++answers;
    } else {
      CHECK(out.reason == DropReason::rate_limited);
    }
  }
  CHECK(answers == switching::Emitter::kCopiesPerSecond / 2);
}

TEST_CASE("an error about a mountd's answer reaches each at its own port") {
  MountGateway gateway;
  const Frame answer = udp().from(kCluster, kMount).to(kRemote, 800).build();
  const Outcome out = gateway.from_remote(icmp_error(3, 3, answer).from(kRemote).to(kCluster));
  CHECK(quote_of(out) == "10.77.0.11:892 > 192.0.2.101:800 UDP len 0");
  REQUIRE(gateway.extras().size() == 2);
  CHECK(quote_of(gateway.extras()[0]) == "10.77.0.12:32785 > 192.0.2.101:800 UDP len 0");
  CHECK(quote_of(gateway.extras()[1]) == "10.77.0.13:20048 > 192.0.2.101:800 UDP len 0");
}

TEST_CASE("a node mounts another node's directory through the cluster's address") {
  MountGateway gateway;
  const Outcome out = gateway.from_node(
      udp().from(kBeta, 800).to(kCluster, kMount).payload(call(1, "/export/alpha")));
  CHECK(out.text == "192.0.2.1:800 > 10.77.0.11:892 UDP len 60");
  const Outcome answer =
      gateway.from_node(udp().from(kAlpha, kAlphaMount).to(kCluster, 800).payload("reply"));
  CHECK(answer.text == "192.0.2.1:20048 > 10.77.0.12:800 UDP len 5");
}

TEST_CASE(
    "DUMP goes to the gateway's own server of lists, and the answer leaves from the service's "
    "port") {
  MountGateway gateway;
  const Outcome out = gateway.from_remote(to_cluster(call(2)));
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "192.0.2.101:800 > 192.0.2.1:16400 UDP len 40");
  CHECK(checksums_ok(out.frame));
  const Outcome answer =
      gateway.from_kernel(udp().from(kCluster, kLists).to(kRemote, 800).payload("reply"));
  CHECK(answer.text == "192.0.2.1:20048 > 192.0.2.101:800 UDP len 5");
  CHECK(checksums_ok(answer.frame));
  CHECK(gateway.connections().empty());
}

TEST_CASE("all fragments of a long list leave, the first from the service's port") {
  MountGateway gateway;
  const auto answer = udp().from(kCluster, kLists).to(kRemote, 800).payload(std::string(2000, 'x'));
  const Outcome first = gateway.from_kernel(PacketBuilder(answer).fragment(0, true, 1480));
  CHECK(first.verdict == Verdict::forward);
  constexpr std::size_t kSourcePort = 14 + 20;
  CHECK(first.frame[kSourcePort] == std::byte{kMount >> 8});
  CHECK(first.frame[kSourcePort + 1] == std::byte{kMount & 0xff});
  const Outcome second = gateway.from_kernel(PacketBuilder(answer).fragment(1480, false, 528));
  CHECK(second.verdict == Verdict::forward);
}

TEST_CASE("who knows the port of that server gets no further than by the service's own") {
  MountGateway gateway;
  const auto to_lists = [](const std::string& payload) {
    return udp().from(kRemote, 800).to(kCluster, kLists).payload(payload);
  };
  CHECK(gateway.from_remote(to_lists("no call")).reason == DropReason::rpc_header);
  CHECK(gateway.from_remote(to_lists(call(0))).verdict == Verdict::answer);
  const Outcome node =
      gateway.from_node(udp().from(kBeta, 800).to(kCluster, kLists).payload(call(2)));
  CHECK(node.text == "192.0.2.1:16400 > 10.77.0.12:800 UDP len 28");
}

TEST_CASE("a mountd of the gateway's own has its port for itself") {
  MountGateway gateway;
  const Outcome answer =
      gateway.from_kernel(udp().from(kCluster, kMount).to(kRemote, 800).payload("reply"));
  CHECK(answer.text == "192.0.2.1:20048 > 192.0.2.101:800 UDP len 5");
}
