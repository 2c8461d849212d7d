// Where a device is itself a kernel interface (DPDK's af_packet and relatives), the kernel sees
// every frame that the gateway sees, and would reset the connections it forwards. The guard keeps
// the kernel's hands off such an interface.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "control/sysctl.hpp"

namespace encluster::control {

/// The nftables commands that drop whatever arrives on the interface before the kernel's network
/// stack sees it (netdev family, ingress hook), in a table of its own. One transaction: a table of
/// an earlier run is replaced without a gap.
[[nodiscard]] std::string ingress_drop(const std::string& interface);

/// Guards one interface. What it installs outlives the process on purpose: a dead gateway is
/// silent. Control thread, in the gateway's network namespace; calls block for some milliseconds.
/// Needs CAP_NET_ADMIN.
class Guard {
 public:
  /// @param mtu what the interface shall have, in bytes of IP
  explicit Guard(std::string interface, std::uint16_t mtu = 1500, Sysctls sysctls = Sysctls())
      : interface_(std::move(interface)), mtu_(mtu), sysctls_(std::move(sysctls)) {}

  /// Installs the ingress drop, turns ARP, IPv6, and the offloads that make frames larger or leave
  /// checksums open off, sets the MTU, and brings the interface up. May be repeated.
  /// @returns warnings, each a sentence: offloads that the driver would not change.
  /// @throws KernelError, in particular if the interface has an IPv4 address: that belongs to the
  /// TAP, and with the guard up nobody would reach it any more.
  [[nodiscard]] std::vector<std::string> install() const;

  /// What of the above is not so (any more), each a phrase: "ext0: ARP is on". Empty: all is well.
  /// What the kernel won't say, as of an interface that has gone, is reported in the same way.
  [[nodiscard]] std::vector<std::string> verify() const;

  [[nodiscard]] const std::string& interface() const noexcept { return interface_; }

 private:
  void find_deviations(const std::function<void(std::string_view)>& report) const;

  std::string interface_;
  std::uint16_t mtu_;
  Sysctls sysctls_;
};

}  // namespace encluster::control
