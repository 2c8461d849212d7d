// An AgentRegistry between agents that are none, for its tests.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/agent_registry.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

using namespace agent_protocol;
using namespace std::chrono_literals;

inline constexpr NodeId kAlpha{1};
inline constexpr NodeId kBeta{2};
inline constexpr Ipv4Address kAlphaAddress(10, 77, 0, 11);
inline const std::string kBootId(36, 'b');
inline const std::string kText = kSmall + "ports: {slice: 1024}\n";

inline LeasedPort udp(std::uint16_t number) { return {Protocol::udp, PortNumber(number)}; }
inline std::string token_of(char c) { return std::string(kTokenSize, c); }
inline AgentTokens tokens(const std::string& alpha = "61") {
  std::string hex;
  for (std::size_t i = 0; i < kTokenSize; ++i) hex += alpha;
  return AgentTokens::parse("alpha " + hex + "\nbeta " + std::string(64, '6') + "\n", "t");
}
inline Join join_of(const std::string& node, const std::string& token,
                    std::vector<LeasedPort> held = {}) {
  return {.node = node, .token = token, .boot_id = kBootId, .held = std::move(held)};
}

struct FakePeer final : AgentPeer {
  std::vector<FromGateway> sent;
  std::optional<RefusalReason> refused;

  void send(const FromGateway& message) override { sent.push_back(message); }
  void refuse(const Refused& why) override { refused = why.reason; }
  template <typename Message>
  [[nodiscard]] const Message& last() const {
    return std::get<Message>(sent.at(sent.size() - 1));
  }
};

struct RegistryFixture {
  explicit RegistryFixture(AgentRegistry::Settings chosen = {.recovery = 0ms}) : settings(chosen) {}

  const AgentRegistry::Settings settings;
  AgentRegistry::Time now{};
  int wakes = 0;
  bool publishing_fails = false;
  std::vector<std::vector<switching::LeaseState>> published;
  std::vector<std::vector<ToldProgram>> told;
  std::string lines;
  Logger log{
      {.write = [this](const std::string& line) { lines += line; }, .now = [this] { return now; }}};
  AgentRegistry registry{settings,
                         agent_view(parse(kText)),
                         tokens(),
                         {.publish =
                              [this](auto leases) {
                                if (publishing_fails) throw std::runtime_error("no room");
                                published.push_back(std::move(leases));
                              },
                          .wake = [this] { ++wakes; },
                          .now = [this] { return now; },
                          .programs = [this](const auto& all) { told.push_back(all); }},
                         log};
  std::shared_ptr<FakePeer> alpha = std::make_shared<FakePeer>();
  std::shared_ptr<FakePeer> beta = std::make_shared<FakePeer>();
  AgentEpoch alpha_epoch = 0;
  AgentEpoch beta_epoch = 0;

  void join_alpha(std::vector<LeasedPort> held = {}) {
    alpha_epoch = registry.join(kAlpha, alpha, join_of("alpha", token_of('a'), std::move(held)));
    registry.flush();
  }
  void join_beta(std::vector<LeasedPort> held = {}) {
    beta_epoch = registry.join(kBeta, beta, join_of("beta", token_of('f'), std::move(held)));
    registry.flush();
  }
  LeaseAnswer ask_alpha(std::uint16_t port) {
    registry.receive(kAlpha, alpha_epoch, LeaseRequest{port, udp(port)});
    registry.flush();
    return alpha->last<LeaseAnswer>();
  }
  LeaseAnswer ask_beta(std::uint16_t port) {
    registry.receive(kBeta, beta_epoch, LeaseRequest{port, udp(port)});
    registry.flush();
    return beta->last<LeaseAnswer>();
  }
  [[nodiscard]] bool logged(const std::string& text) const {
    return lines.find(text) != std::string::npos;
  }
};

inline switching::LeaseState row(std::uint16_t port, NodeId node) {
  return {.protocol = Protocol::udp, .port = PortNumber(port), .node = node};
}

}  // namespace encluster::control
