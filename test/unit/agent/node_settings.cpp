#include "agent/node_settings.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

using Catch::Contains;

constexpr const char* kHeader =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
constexpr const char* kDefault = "int0\t00000000\t01004D0A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
const Ipv4Address kGatewayAddress(10, 77, 0, 1);

/// A node whose /proc is a folder.
class Node {
 public:
  Node() {
    reserved("");
    folder_.write("net/ipv4/ip_local_port_range", "32768\t60999\n");
    folder_.write("net/ipv4/tcp_tw_reuse", "2\n");
    route(std::string(kHeader) + kDefault);
  }

  void reserved(const std::string& list) {
    folder_.write("net/ipv4/ip_local_reserved_ports", list + "\n");
  }
  void route(const std::string& text) { folder_.write("route", text); }
  void range(const std::string& text) { folder_.write("net/ipv4/ip_local_port_range", text); }
  [[nodiscard]] std::string reserved() const {
    return folder_.read("net/ipv4/ip_local_reserved_ports");
  }
  [[nodiscard]] std::string range() const { return folder_.read("net/ipv4/ip_local_port_range"); }
  [[nodiscard]] std::string reuse() const { return folder_.read("net/ipv4/tcp_tw_reuse"); }
  void forget(const std::string& setting) {
    std::filesystem::remove(folder_.path() / "net/ipv4" / setting);
  }

  std::vector<std::string> lines;

 private:
  TemporaryFolder folder_;
  control::Logger log_{{.write = [this](const std::string& line) { lines.push_back(line); },
                        .now = [] { return control::LogSettings::Clock::time_point(); }}};

 public:
  NodeSettings settings{control::Sysctls(folder_.path()), folder_.path() / "route", log_};
};

agent_protocol::Settings slice(std::vector<PortNumber> reserved = {}) {
  return {.slice = agent_protocol::PortRange{PortNumber(16384), PortNumber(32767)},
          .reserved = std::move(reserved),
          .networks = {}};
}

}  // namespace

TEST_CASE("a node gets its slice, its services' ports are reserved, and others' stay so") {
  Node node;
  node.reserved("700,8080-8081");
  node.settings.adopt(slice({PortNumber(20000), PortNumber(20001)}), kGatewayAddress);
  CHECK(node.reserved() == "700,8080-8081,20000-20001");
  CHECK(node.range() == "16384 32767");
  CHECK(node.reuse() == "1");
  CHECK(node.lines.size() == 3);
}

TEST_CASE("what is right already is not written") {
  Node node;
  node.reserved("20000");
  node.range("16384\t32767\n");
  node.settings.adopt(slice({PortNumber(20000)}), kGatewayAddress);
  CHECK(node.reserved() == "20000\n");
  CHECK(node.range() == "16384\t32767\n");
}

TEST_CASE("a port that only the agent reserved is free again when its service is gone") {
  Node node;
  node.reserved("20000");
  node.settings.adopt(slice({PortNumber(20000), PortNumber(20002)}), kGatewayAddress);
  CHECK(node.reserved() == "20000,20002");
  node.settings.adopt(slice({PortNumber(20002)}), kGatewayAddress);
  CHECK(node.reserved() == "20000,20002");
  node.settings.adopt(slice(), kGatewayAddress);
  CHECK(node.reserved() == "20000");
}

TEST_CASE("a check mends what another program has changed") {
  Node node;
  node.settings.adopt(slice({PortNumber(20000)}), kGatewayAddress);
  node.reserved("9");
  node.range("32768\t60999\n");
  node.settings.check();
  CHECK(node.reserved() == "9,20000");
  CHECK(node.range() == "16384 32767");
}

TEST_CASE("without dynamic ports a node keeps its own range") {
  Node node;
  node.settings.adopt({}, kGatewayAddress);
  CHECK(node.range() == "32768\t60999\n");
  CHECK(node.lines.empty());
}

TEST_CASE("a default route that leads elsewhere is told once, and once more when it is right") {
  Node node;
  node.settings.adopt({}, Ipv4Address(10, 77, 0, 2));
  node.settings.check();
  REQUIRE(node.lines.size() == 1);
  CHECK_THAT(node.lines[0], Contains("leads to 10.77.0.1 instead of the gateway 10.77.0.2") &&
                                Contains("ip route replace default via 10.77.0.2"));
  node.settings.adopt({}, kGatewayAddress);
  REQUIRE(node.lines.size() == 2);
  CHECK_THAT(node.lines[1], Contains("setting_right"));
  node.route(kHeader);
  node.settings.check();
  CHECK_THAT(node.lines.at(2), Contains("leads to nothing"));
}

TEST_CASE("a setting that fails is told once, and does not keep the others from being made") {
  Node node;
  node.forget("ip_local_reserved_ports");
  node.settings.adopt(slice(), kGatewayAddress);
  node.settings.check();
  CHECK(std::ranges::count_if(node.lines, [](const std::string& line) {
          return line.find("setting_wrong") != std::string::npos;
        }) == 1);
  CHECK(node.range() == "16384 32767");
}

}  // namespace encluster::agent
