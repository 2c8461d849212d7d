// The Services of a node between an rpcbind and a gateway that are none, for its tests.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/services.hpp"

namespace encluster::agent {

using namespace agent_protocol;
using namespace std::chrono_literals;
using Ports = std::set<LeasedPort>;

inline constexpr auto kFence = 15s;
inline constexpr uid_t kUser = 106;
inline constexpr std::uint32_t kQuotas = 100'011;

inline LeasedPort tcp(std::uint16_t number) { return {Protocol::tcp, PortNumber(number)}; }
inline LeasedPort udp(std::uint16_t number) { return {Protocol::udp, PortNumber(number)}; }

inline OfferedPorts offer(const std::string& name, const std::string& ports, bool listens = true) {
  return {name, *control::service_ports().parse(ports), listens};
}

inline Welcome welcome(std::vector<LeasedPort> lost, bool known) {
  Welcome message;
  message.lost = std::move(lost);
  message.fence = kFence;
  message.services = known;
  return message;
}

/// The services of a node whose gateway is played by the test.
struct Node {
  explicit Node(Offers offered)
      : services(
            std::move(offered), [this](const LeasedPort& port) { return leased.contains(port); },
            [this](const LeasedPort& port) { return own.contains(port); }, log) {}
  explicit Node(std::vector<OfferedPorts> offered) : Node(Offers{std::move(offered)}) {}

  BootTime now{1000s};
  Ports listening;
  std::vector<RpcProgram> programs;
  Ports leased;
  Ports own;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::now(); }}};
  Services services;

  Services::Messages look() {
    ListeningPorts ports;
    for (const LeasedPort& port : listening) ports[port] = {kUser};
    return services.look(ports, programs, now);
  }
  Services::Messages join(std::vector<LeasedPort> lost = {}, bool known = true) {
    look();
    presented = services.present(now);
    return services.joined(welcome(std::move(lost), known), now);
  }
  /// Answers a request.
  void answer(const FromAgent& request, ServiceResult result, const std::string& owner = "") {
    services.answered({std::get<ServiceRequest>(request).request, result, owner}, now);
  }
  /// Everything that is asked for is granted.
  void grant(const Services::Messages& messages) {
    for (const FromAgent& message : messages) answer(message, ServiceResult::granted);
  }
  [[nodiscard]] bool logged(const std::string& text) const {
    return lines.find(text) != std::string::npos;
  }
  std::vector<OfferedService> presented;
};

inline Ports asked(const Services::Messages& messages) {
  Ports ports;
  for (const FromAgent& message : messages) ports.insert(std::get<ServiceRequest>(message).port);
  return ports;
}

inline Services::Messages released(const LeasedPort& port) { return {LeaseRelease{port}}; }

}  // namespace encluster::agent
