// What the gateway's own kernel is told, so that it behaves as node 0 of the cluster behind its
// TAPs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/sysctl.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// One TAP as the kernel shall have it.
struct LocalInterface {
  std::string name;                    ///< of the TAP
  Ipv4Prefix address;                  ///< its only address
  std::optional<Ipv4Address> gateway;  ///< of a default route through it, if any
};

struct LocalStackConfig {
  std::vector<LocalInterface> networks;  ///< first to last: falling preference as default route
  LocalInterface interconnect;
  PortNumber first_port;                  ///< of slice 0 ...
  PortNumber last_port;                   ///< ... to here: what the kernel may take for itself
  std::vector<PortNumber> service_ports;  ///< never to be taken, where they are in the slice
};

/// A sysctl and the value it shall have.
struct Setting {
  std::string key;
  std::string value;

  friend bool operator==(const Setting&, const Setting&) = default;
};

/// The settings of one TAP. They make the kernel answer ARP only for the TAP's own address, ask
/// with that address, take a packet only from where its answer would go (RFC 3704, strict), and
/// keep IPv6 off it; on the interconnect also re-check quickly which nodes are alive.
[[nodiscard]] std::vector<Setting> interface_settings(const std::string& name, bool interconnect);

/// The value of ip_local_reserved_ports: what was reserved before, and the service ports that lie
/// in the slice. Empty where nothing is.
[[nodiscard]] std::string reserved_ports(const std::string& before, const LocalStackConfig& config);

/// Gives the TAPs exactly their address and default route, brings them up, and sets the namespace's
/// port range; removes what an earlier run with another configuration left (addresses, routes,
/// `ec-` TAPs without an owner). May be repeated after a reload. Control thread, which must be in
/// the gateway's network namespace; blocks for some milliseconds. Needs CAP_NET_ADMIN.
/// @pre the TAPs are open.
/// @returns warnings, each a sentence for the operator.
/// @throws KernelError; what was done until then stays.
[[nodiscard]] std::vector<std::string> configure_local_stack(const LocalStackConfig& config,
                                                             const Sysctls& sysctls = Sysctls());

}  // namespace encluster::control
