#include "agent/socket_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace encluster::agent {
namespace {

using agent_protocol::LeasedPort;
using sock_diag::BoundSocket;
using sock_diag::PortSpan;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr Ipv4Address kAny;
constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Ipv4Address kInside(10, 77, 0, 11);

BoundSocket socket_at(Ipv4Address address, std::uint16_t port, std::uint32_t inode = 5) {
  return {.local = address, .port = PortNumber(port), .device = 0, .inode = inode};
}

agent_protocol::Settings settings() {
  agent_protocol::Settings settings;
  settings.networks = {{"campus", kCluster}};
  settings.slice = agent_protocol::PortRange{PortNumber(1000), PortNumber(1100)};
  return settings;
}

BoundPorts filtered(const SeenFilter& filter, const std::vector<BoundSocket>& sockets,
                    Protocol protocol = Protocol::udp) {
  BoundPorts bound;
  filter.add(protocol, sockets, bound);
  return bound;
}

/// A watch over sockets that the test makes up.
struct WatchFixture {
  boost::asio::io_context context{1};
  std::vector<BoundSocket> udp;
  std::vector<BoundSocket> tcp;
  std::size_t lists = 0;
  std::size_t forget = 0;  ///< so many lists lack everything
  bool fails = false;
  std::vector<BoundPorts> told;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return Clock::time_point(); }}};

  [[nodiscard]] SocketWatch watch(const LeaseSeen& ports) {
    return SocketWatch(
        context.get_executor(), ports,
        [this](Protocol protocol, const PortSpan&) -> std::vector<BoundSocket> {
          ++lists;
          if (fails) throw std::runtime_error("no such table");
          if (forget != 0) return --forget, std::vector<BoundSocket>();
          return protocol == Protocol::udp ? udp : tcp;
        },
        [this](const BoundPorts& bound) { told.push_back(bound); }, log);
  }
  void run_for(milliseconds time) {
    context.restart();
    context.run_for(time);
  }
};

LeaseSeen with_tcp(std::uint16_t port) {
  LeaseSeen ports;
  ports.tcp.set(port);
  return ports;
}

}  // namespace

TEST_CASE("sockets at any address and at the cluster's are seen, once a port") {
  const SeenFilter filter{.ports = {}, .cluster = {kCluster}, .slice = {}};
  CHECK(filtered(filter,
                 {socket_at(kAny, 700, 1), socket_at(kAny, 700, 2), socket_at(kCluster, 701, 3)}) ==
        BoundPorts{{{Protocol::udp, PortNumber(700)}, 1}, {{Protocol::udp, PortNumber(701)}, 3}});
}

TEST_CASE("sockets of the machine, the interconnect or a device are no concern of the cluster") {
  const SeenFilter filter{.ports = {}, .cluster = {kCluster}, .slice = {}};
  BoundSocket of_device = socket_at(kAny, 700);
  of_device.device = 2;
  CHECK(filtered(filter, {socket_at(Ipv4Address(127, 0, 0, 1), 700), socket_at(kInside, 700),
                          of_device, socket_at(kAny, 0)})
            .empty());
}

TEST_CASE("only ports that are watched, and in no slice, are seen") {
  SeenFilter filter{.ports = with_tcp(8443), .cluster = {}, .slice = settings().slice};
  CHECK(filtered(filter, {socket_at(kAny, 511), socket_at(kAny, 512), socket_at(kAny, 999),
                          socket_at(kAny, 1000), socket_at(kAny, 1023), socket_at(kAny, 1024)}) ==
        BoundPorts{{{Protocol::udp, PortNumber(512)}, 5}, {{Protocol::udp, PortNumber(999)}, 5}});
  CHECK(filtered(filter, {socket_at(kAny, 700), socket_at(kAny, 8443)}, Protocol::tcp) ==
        BoundPorts{{{Protocol::tcp, PortNumber(8443)}, 5}});
}

TEST_CASE("the kernel is asked for what lies between the first and the last port") {
  PortSet ports;
  CHECK_FALSE(span_of(ports));
  ports.set(700);
  CHECK(span_of(ports)->first == PortNumber(700));
  CHECK(span_of(ports)->last == PortNumber(700));
  ports.set(65535);
  CHECK(span_of(ports)->last == PortNumber(65535));
}

TEST_CASE_METHOD(WatchFixture,
                 "what is bound is told at the start, now and then, and at once "
                 "when the gateway says what the cluster is") {
  SocketWatch seen = watch(with_tcp(8443));
  udp = {socket_at(kAny, 700), socket_at(kCluster, 701)};
  seen.start();
  REQUIRE(told.size() == 1);
  CHECK(told[0] == BoundPorts{{{Protocol::udp, PortNumber(700)}, 5}});
  seen.adopt(settings());
  REQUIRE(told.size() == 2);
  CHECK(told[1].size() == 2);
  tcp = {socket_at(kAny, 8443)};
  run_for(SocketWatch::kPeriod + milliseconds(500));
  REQUIRE(told.size() > 2);
  CHECK(told.size() < 6);
  CHECK(told.back().contains({Protocol::tcp, PortNumber(8443)}));
}

TEST_CASE_METHOD(WatchFixture, "what one list lacks is looked for again") {
  SocketWatch seen = watch(LeaseSeen());
  udp = {socket_at(kAny, 700)};
  seen.start();
  forget = 1;
  seen.adopt(settings());
  CHECK(told.back().size() == 1);
  CHECK(lists == 3);
  udp.clear();
  seen.adopt(settings());
  CHECK(told.back().empty());
}

TEST_CASE_METHOD(WatchFixture, "a kernel that does not list is told of once, and changes nothing") {
  SocketWatch seen = watch(LeaseSeen());
  fails = true;
  seen.start();
  seen.adopt(settings());
  CHECK(told.empty());
  CHECK(lines == "level=warning event=sockets_unknown reason=\"no such table\"\n");
  fails = false;
  run_for(SocketWatch::kListAgain + milliseconds(500));
  CHECK_FALSE(told.empty());
  CHECK(lines.find("event=sockets_known") != std::string::npos);
}

TEST_CASE_METHOD(WatchFixture, "nothing is listed where nothing is watched") {
  LeaseSeen none;
  none.udp.reset();
  SocketWatch seen = watch(none);
  seen.start();
  seen.adopt(settings());
  run_for(SocketWatch::kPeriod * 2);
  CHECK(lists == 0);
  CHECK(told.empty());
}

}  // namespace encluster::agent
