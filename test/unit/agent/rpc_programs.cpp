#include "agent/rpc_programs.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace encluster::agent {
namespace {

using agent_protocol::LeasedPort;

constexpr std::uint32_t kNumber = 100'011;

}  // namespace

TEST_CASE("an entry of rpcbind's list is a program, its port, and who registered it") {
  const auto entry = [](const std::string& network, const std::string& owner) {
    return read_rpc_program({kNumber, 1, network, "0.0.0.0.3.107", owner});
  };
  const LeasedPort udp{Protocol::udp, PortNumber(875)};
  const LeasedPort tcp{Protocol::tcp, PortNumber(875)};
  CHECK(entry("udp", "superuser") == RpcProgram{kNumber, udp, {}, {1}});
  CHECK(entry("tcp", "unknown") == RpcProgram{kNumber, tcp, {}, {1}});
  CHECK(entry("tcp", "106") == RpcProgram{kNumber, tcp, 106, {1}});

  CHECK_FALSE(entry("udp6", "superuser"));
  for (const char* owner : {"", "root", "-1", "4294967296", "106 "}) {
    CHECK_FALSE(entry("tcp", owner));
  }
  CHECK_FALSE(read_rpc_program({kNumber, 0, "udp", "0.0.0.0.3.107", "superuser"}));
  CHECK_FALSE(read_rpc_program({0, 1, "udp", "0.0.0.0.3.107", "superuser"}));
}

TEST_CASE("what one user registers at one port is one program of several versions") {
  const LeasedPort udp{Protocol::udp, PortNumber(875)};
  const LeasedPort tcp{Protocol::tcp, PortNumber(875)};
  const std::vector<RpcProgram> merged = merge({{kNumber, udp, {}, {2}},
                                                {kNumber, tcp, {}, {2}},
                                                {kNumber, udp, 106, {3}},
                                                {kNumber, udp, {}, {1}},
                                                {kNumber, udp, {}, {2}},
                                                {kNumber - 1, udp, {}, {7}}});
  CHECK(merged == std::vector<RpcProgram>{{kNumber - 1, udp, {}, {7}},
                                          {kNumber, tcp, {}, {2}},
                                          {kNumber, udp, {}, {1, 2}},
                                          {kNumber, udp, 106, {3}}});
}

}  // namespace encluster::agent
