#include "agent/rpc_programs.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace encluster::agent {
namespace {

using agent_protocol::LeasedPort;

constexpr std::uint32_t kNumber = 100'011;

std::optional<RpcProgram> at(const std::string& address) {
  return read_rpc_program({kNumber, 1, "udp", address, "superuser"});
}

}  // namespace

TEST_CASE("an entry of rpcbind's list is a program, its port, and who registered it") {
  const auto entry = [](const std::string& network, const std::string& owner) {
    return read_rpc_program({kNumber, 1, network, "0.0.0.0.3.107", owner});
  };
  const LeasedPort udp{Protocol::udp, PortNumber(875)};
  const LeasedPort tcp{Protocol::tcp, PortNumber(875)};
  CHECK(entry("udp", "superuser") == RpcProgram{kNumber, udp, {}});
  CHECK(entry("tcp", "unknown") == RpcProgram{kNumber, tcp, {}});
  CHECK(entry("tcp", "106") == RpcProgram{kNumber, tcp, 106});

  for (const char* network : {"udp6", "tcp6", "local", "", "UDP"}) {
    CHECK_FALSE(entry(network, "superuser"));
  }
  for (const char* owner : {"", "root", "-1", "4294967296", "106 "}) {
    CHECK_FALSE(entry("tcp", owner));
  }
}

TEST_CASE("a universal address ends with the port's two bytes") {
  CHECK(at("0.0.0.0.0.111")->port.port == PortNumber(111));
  CHECK(at("192.0.2.255.255.255")->port.port == PortNumber(65'535));
  for (const char* wrong :
       {"", ".", "0.0.0.0.0.0", "0.0.0.0.256.1", "0.0.0.0.1", "0.0.0.0.1.1.1", "0.0.0.0.1.",
        ".....", "::.1.1", "/run/rpcbind.sock", "0.0.0.0.-1.1", "0.0.0.0. 1.1", "0.0.0.0.1.1 "}) {
    INFO(wrong);
    CHECK_FALSE(at(wrong));
  }
}

}  // namespace encluster::agent
