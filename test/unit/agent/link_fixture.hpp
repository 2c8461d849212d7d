// A node's link and a gateway in one loop, for tests.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/gateway_link.hpp"
#include "unit/agent/fake_gateway.hpp"

namespace encluster::agent::test {

inline constexpr agent_protocol::LeasedPort kPort{Protocol::udp, PortNumber(700)};

inline agent_protocol::Join join_message() {
  return {.node = "alpha",
          .token = std::string(agent_protocol::kTokenSize, 't'),
          .boot_id = std::string(36, 'b'),
          .held = {kPort}};
}

/// An agent's link, and what came over it.
class Node {
 public:
  Node(boost::asio::io_context& context, std::vector<control::Endpoint> gateways,
       const control::Bytes32& fingerprint, std::chrono::milliseconds delay)
      : link(
            context.get_executor(), std::move(gateways), fingerprint,
            {.join = [] { return join_message(); },
             .welcomed = [this](const agent_protocol::Welcome& welcome, BootTime,
                                Ipv4Address) { welcomes.push_back(welcome); },
             .settings = [this](const agent_protocol::Settings& one) { settings.push_back(one); },
             .answered = [this](const agent_protocol::LeaseAnswer& one) { answers.push_back(one); },
             .renumbered =
                 [this](const agent_protocol::Renumberings& one) { renumberings.push_back(one); },
             .renewed = [this](BootTime) { ++renewals; },
             .drained =
                 [this] {
                   ++drained;
                   if (to_send.empty()) return;
                   link.send(to_send.back());
                   to_send.pop_back();
                 },
             .load = [] { return 42U; }},
            [this] { ++partings; }, log_) {
    link.start(delay);
  }

  std::vector<agent_protocol::Welcome> welcomes;
  std::vector<agent_protocol::Settings> settings;
  std::vector<agent_protocol::LeaseAnswer> answers;
  std::vector<agent_protocol::Renumberings> renumberings;
  std::vector<agent_protocol::FromAgent> to_send;  ///< each when the one before it is written
  std::size_t drained = 0;
  std::size_t renewals = 0;
  std::size_t partings = 0;
  std::string log;

 private:
  control::Logger log_{{.write = [this](const std::string& line) { log += line; },
                        .now = [] { return control::LogSettings::Clock::now(); }}};

 public:
  GatewayLink link;
};

/// A gateway and a node in one loop.
class Loop {
 public:
  explicit Loop(int tls_version = 0x0304) : gateway(context, tls_version) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    if (node) node->link.stop();
    gateway.stop();
    if (other) other->stop();
    context.restart();
    context.run_for(std::chrono::seconds(5));
  }

  void start() { start({gateway.endpoint()}, gateway.fingerprint()); }
  void start(std::vector<control::Endpoint> gateways, const control::Bytes32& fingerprint,
             std::chrono::milliseconds delay = std::chrono::milliseconds(0)) {
    node = std::make_unique<Node>(context, std::move(gateways), fingerprint, delay);
  }

  /// Runs until that is so; false if it is not within ten seconds.
  template <typename Condition>
  [[nodiscard]] bool until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_one_for(std::chrono::milliseconds(20));
    }
    return condition();
  }

  /// Lets that time pass.
  void run_for(std::chrono::milliseconds time) {
    context.restart();
    context.run_for(time);
  }

  boost::asio::io_context context{1};
  FakeGateway gateway;
  std::unique_ptr<FakeGateway> other;  ///< with another certificate, where a test needs one
  std::unique_ptr<Node> node;
};

}  // namespace encluster::agent::test
