#include "agent/come_back_listener.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace encluster::agent {
namespace {

using agent_protocol::ComeBack;
using agent_protocol::encode_come_back;
using agent_protocol::Instance;
using boost::asio::ip::address_v4;
using boost::asio::ip::udp;
using Catch::Contains;

constexpr control::Endpoint kOne{Ipv4Address(10, 77, 0, 1), PortNumber(7077)};
constexpr control::Endpoint kOther{Ipv4Address(10, 77, 0, 254), PortNumber(7078)};
constexpr control::Bytes32 kToken{1, 2, 3};
constexpr Instance kInstance{7};

auto datagram(std::uint64_t time, const control::Bytes32& token = kToken) {
  return encode_come_back({.instance = kInstance, .time_ms = time}, token);
}

/// A listener for a gateway at 127.0.0.1, and what it hears.
class Ear {
 public:
  explicit Ear(PortNumber number)
      : listener(
            context.get_executor(), {{Ipv4Address(127, 0, 0, 1), number}}, kToken,
            [this](std::size_t gateway, const Instance& instance) {
              heard.emplace_back(gateway, instance);
            },
            log_) {}

  /// Sends from that address, and runs until something has come of it, or for a while.
  void send(const char* from, PortNumber number, const auto& bytes) {
    udp::socket sender(context, udp::endpoint(boost::asio::ip::make_address_v4(from), 0));
    sender.send_to(boost::asio::buffer(bytes), {address_v4::loopback(), number.value()});
    context.restart();
    context.run_one_for(std::chrono::seconds(2));
  }

  std::vector<std::pair<std::size_t, Instance>> heard;
  std::string log;

 private:
  control::Logger log_{{.write = [this](const std::string& line) { log += line; },
                        .now = [] { return control::LogSettings::Clock::now(); }}};

 public:
  boost::asio::io_context context{1};
  ComeBackListener listener;
};

PortNumber free_port() {
  boost::asio::io_context context;
  return PortNumber(
      udp::socket(context, udp::endpoint(address_v4::any(), 0)).local_endpoint().port());
}

}  // namespace

TEST_CASE("a datagram is of the gateway from which it comes, at its port") {
  ComeBackCheck check({kOne, kOther}, kToken);
  const auto verdict = check.check(kOther, datagram(1000));
  CHECK(verdict.gateway == 1);
  CHECK(verdict.instance == kInstance);
  CHECK(check.check({kOne.address, kOther.port}, datagram(1001)).reason == "from no gateway");
  CHECK(check.check({Ipv4Address(10, 77, 0, 9), kOne.port}, datagram(1001)).reason ==
        "from no gateway");
}

TEST_CASE("a datagram that was not made with the token is nobody's") {
  ComeBackCheck check({kOne}, kToken);
  CHECK(check.check(kOne, datagram(1000, {9})).reason == "not authentic");
  CHECK(check.check(kOne, {}).reason == "not authentic");
  // Nothing was learnt from them.
  CHECK(check.check(kOne, datagram(1)).gateway == 0);
}

TEST_CASE("a datagram is heard once, and none that is older") {
  ComeBackCheck check({kOne, kOther}, kToken);
  CHECK(check.check(kOne, datagram(1000)).gateway == 0);
  CHECK(check.check(kOne, datagram(1000)).reason == "not later than another");
  CHECK(check.check(kOne, datagram(999)).reason == "not later than another");
  CHECK(check.check(kOther, datagram(999)).gateway == 1);
  CHECK(check.check(kOne, datagram(1001)).gateway == 0);
}

TEST_CASE("a gateway's datagrams are heard") {
  const PortNumber number = free_port();
  Ear ear(number);
  ear.send("127.0.0.1", number, datagram(1000));
  ear.send("127.0.0.1", number, datagram(1001));
  CHECK(ear.heard == std::vector<std::pair<std::size_t, Instance>>{{0, kInstance}, {0, kInstance}});
  CHECK(ear.log.empty());
}

TEST_CASE("datagrams of others are told once, and harm nothing") {
  const PortNumber number = free_port();
  Ear ear(number);
  ear.send("127.0.0.2", number, datagram(1000));
  CHECK_THAT(ear.log, Contains("event=come_back_refused") && Contains("sender=127.0.0.2") &&
                          Contains("reason=\"from no gateway\"") && Contains("count=1"));
  const std::string once = ear.log;
  ear.send("127.0.0.1", number, std::string());
  ear.send("127.0.0.1", number, std::string(60, 'x'));
  std::vector<std::uint8_t> longer(2000);
  std::ranges::copy(datagram(1000), longer.begin());
  ear.send("127.0.0.1", number, longer);
  CHECK(ear.heard.empty());
  CHECK(ear.log == once);
  ear.send("127.0.0.1", number, datagram(1000));
  CHECK(ear.heard.size() == 1);
}

TEST_CASE("a port that another program has is told, and all else goes on") {
  boost::asio::io_context context;
  const udp::socket taken(context, udp::endpoint(address_v4::any(), 0));
  const PortNumber number(taken.local_endpoint().port());
  const Ear ear(number);
  CHECK_THAT(ear.log, Contains("event=come_back_unheard") &&
                          Contains("port=" + std::to_string(number.value())));
}

}  // namespace encluster::agent
