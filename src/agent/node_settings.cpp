#include "agent/node_settings.hpp"

#include <fmt/format.h>

#include "agent/machine.hpp"
#include "control/configuration_format.hpp"
#include "control/kernel_error.hpp"

namespace encluster::agent {

namespace {

constexpr const char* kReserved = "net/ipv4/ip_local_reserved_ports";
constexpr const char* kRange = "net/ipv4/ip_local_port_range";
constexpr const char* kReuse = "net/ipv4/tcp_tw_reuse";
constexpr const char* kWriteRemedy =
    "run the agent as root, with /proc/sys/net writable (docs/agent.md)";

PortSet to_set(const std::vector<PortNumber>& ports) {
  PortSet set;
  for (const PortNumber port : ports) set.set(port.value());
  return set;
}

}  // namespace

PortSet merged(const PortSet& found, const PortSet& added_before, const PortSet& wanted) noexcept {
  return (found & ~added_before) | wanted;
}

void NodeSettings::adopt(const agent_protocol::Settings& settings, Ipv4Address gateway) {
  settings_ = settings;
  gateway_ = gateway;
  check();
}

void NodeSettings::check() {
  if (!settings_) return;
  if (settings_->slice) {
    // Reserved ports come first: none must be handed out between the two settings.
    attempt(kReserved, [this] { reserve_ports(); });
    attempt(kRange, [this] { set_range(*settings_->slice); });
    attempt(kReuse, [this] { set_reuse(); });
  }
  check_route();
}

template <typename Step>
void NodeSettings::attempt(const std::string& subject, Step step) {
  try {
    step();
    complaints_.tell(subject, "", "");
  } catch (const control::KernelError& problem) {
    complaints_.tell(subject, problem.what(), kWriteRemedy);
  }
}

void NodeSettings::reserve_ports() {
  const std::string text = sysctls_.get(kReserved);
  const auto found = parse_port_list(text);
  if (!found) throw control::KernelError("net.ipv4.ip_local_reserved_ports is no list of ports");
  const PortSet wanted = to_set(settings_->reserved);
  const PortSet result = merged(*found, added_, wanted);
  if (result != *found) {
    // An empty text would write nothing at all.
    const std::string list = to_text(result);
    write(kReserved, list.empty() ? "\n" : list, text);
  }
  added_ = wanted & (added_ | ~*found);
}

void NodeSettings::set_range(const agent_protocol::PortRange& slice) {
  const std::string text = sysctls_.get(kRange);
  if (parse_port_range(text) == slice) return;
  write(kRange, fmt::format("{} {}", slice.first.value(), slice.last.value()), text);
}

void NodeSettings::set_reuse() {
  const std::string text = sysctls_.get(kReuse);
  if (text != "1") write(kReuse, "1", text);
}

void NodeSettings::write(const std::string& key, const std::string& value, const std::string& was) {
  sysctls_.set(key, value);
  log_.info("setting_changed", {{"setting", key}, {"value", value}, {"was", was}});
}

void NodeSettings::check_route() {
  const auto found = default_gateway(read_file(routes_.c_str()));
  if (found == gateway_) return complaints_.tell("default route", "", "");
  const std::string wanted = control::to_text(gateway_);
  complaints_.tell("default route",
                   fmt::format("leads to {} instead of the gateway {}",
                               found ? control::to_text(*found) : "nothing", wanted),
                   "ip route replace default via " + wanted);
}

}  // namespace encluster::agent
