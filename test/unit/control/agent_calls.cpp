#include "control/agent_calls.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using agent_protocol::ComeBack;
using agent_protocol::kComeBackSize;
using boost::asio::ip::udp;

constexpr agent_protocol::Instance kInstance{1, 2, 3};
constexpr AgentTokens::Token kToken{4, 5, 6};
constexpr Ipv4Address kAgent(127, 0, 0, 3);

struct Fixture {
  boost::asio::io_context io{1};
  udp::socket agent{io, {boost::asio::ip::address_v4(kAgent.value()), 0}};
  AgentCalls calls{io.get_executor(), kInstance, PortNumber(agent.local_endpoint().port())};
  std::array<std::uint8_t, kComeBackSize + 1> received{};

  Fixture() { calls.open(Ipv4Address(127, 0, 0, 2)); }
  /// @return how many bytes came
  std::size_t receive() {
    udp::endpoint from;
    const std::size_t size = agent.receive_from(boost::asio::buffer(received), from);
    CHECK(from.address().to_string() == "127.0.0.2");
    return size;
  }
  std::optional<ComeBack> receive_call(const AgentTokens::Token& token) {
    const std::size_t size = receive();
    return agent_protocol::decode_come_back(std::span(received).first(size), token);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an agent is called by this gateway, with the node's token") {
  calls.call({{kAgent, kToken}});
  const auto call = receive_call(kToken);
  REQUIRE(call);
  CHECK(call->instance == kInstance);
  CHECK(call->time_ms != 0);
}

TEST_CASE_METHOD(Fixture, "each call is later than the one before") {
  std::uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    calls.call({{kAgent, kToken}});
    const auto call = receive_call(kToken);
    REQUIRE(call);
    CHECK(call->time_ms > last);
    last = call->time_ms;
  }
}

TEST_CASE_METHOD(Fixture, "an agent that cannot be called does not keep the next one from it") {
  calls.call({{Ipv4Address(255, 255, 255, 255), kToken}, {kAgent, kToken}});
  CHECK(receive_call(kToken));
}

}  // namespace encluster::control
