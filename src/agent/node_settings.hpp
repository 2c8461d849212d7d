// What a node's kernel must know of the cluster: its slice of the dynamic ports.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/complaints.hpp"
#include "agent/port_list.hpp"
#include "agent_protocol/messages.hpp"
#include "control/log.hpp"
#include "control/sysctl.hpp"

namespace encluster::agent {

/// The list with the ports of services, and without those that only the agent put there before.
[[nodiscard]] PortSet merged(const PortSet& found, const PortSet& added_before,
                             const PortSet& wanted) noexcept;

/// Keeps three settings of the kernel as the gateway wants them, and watches the default route.
/// What goes wrong is said once, and tried again at every check. One thread.
class NodeSettings {
 public:
  /// @param routes a file such as /proc/net/route. The log must outlive this.
  NodeSettings(control::Sysctls sysctls, std::filesystem::path routes, control::Logger& log)
      : sysctls_(std::move(sysctls)), routes_(std::move(routes)), log_(log), complaints_(log) {}

  /// From now on these count; `gateway` is where the default route must lead. Applies them.
  void adopt(const agent_protocol::Settings& settings, Ipv4Address gateway);

  /// Mends what others have changed. Does nothing before adopt().
  void check();

 private:
  void reserve_ports();
  void set_range(const agent_protocol::PortRange& slice);
  void set_reuse();
  void check_route();
  void write(const std::string& key, const std::string& value, const std::string& was);
  /// Runs `step`; says what fails, once until it works or fails differently.
  template <typename Step>
  void attempt(const std::string& subject, Step step);

  control::Sysctls sysctls_;
  std::filesystem::path routes_;
  control::Logger& log_;
  Complaints complaints_;
  std::optional<agent_protocol::Settings> settings_;
  Ipv4Address gateway_;
  PortSet added_;  ///< reserved ports that were not there before
};

}  // namespace encluster::agent
