#include "control/guard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/if.h>
#include <sys/socket.h>

#include <cctype>

#include "control/guard_offloads.hpp"
#include "control/kernel_error.hpp"
#include "control/netlink.hpp"
#include "control/nftables.hpp"

namespace encluster::control {
namespace {

/// A name that nftables takes: other characters than letters and digits as two hex digits.
std::string table_of(const std::string& interface) {
  std::string name = "encluster_";
  for (const char c : interface) {
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 ? std::string(1, c) : fmt::format("_{:02x}", byte);
  }
  return name;
}

bool has_ingress_drop(const std::string& interface) {
  try {
    const std::string listing = run_nftables("list table netdev " + table_of(interface));
    return listing.find("hook ingress") != std::string::npos &&
           listing.find(fmt::format("\"{}\"", interface)) != std::string::npos &&
           listing.find("policy drop") != std::string::npos &&
           listing.find("accept") == std::string::npos;
  } catch (const KernelError&) {
    return false;  // no such table
  }
}

std::vector<std::string> ipv4_addresses(nl_sock* socket, rtnl_link* link) {
  nl_cache* raw = nullptr;
  check_netlink(rtnl_addr_alloc_cache(socket, &raw), "listing addresses");
  const NetlinkCache addresses(raw);
  std::vector<std::string> found;
  for_each<rtnl_addr>(raw, [&](rtnl_addr& address) {
    const auto local = to_prefix(rtnl_addr_get_local(&address));
    if (local && rtnl_addr_get_ifindex(&address) == rtnl_link_get_ifindex(link)) {
      found.push_back(to_string(*local));
    }
  });
  return found;
}

void set_mtu(nl_sock* socket, rtnl_link* link, std::uint16_t mtu) {
  const NetlinkLink change(check_allocated(rtnl_link_alloc()));
  rtnl_link_set_mtu(change.get(), mtu);
  check_netlink(
      rtnl_link_change(socket, link, change.get(), 0),
      fmt::format("setting the MTU of {} to the configured {}", rtnl_link_get_name(link), mtu));
}

void set_flags(nl_sock* socket, rtnl_link* link) {
  const NetlinkLink change(check_allocated(rtnl_link_alloc()));
  rtnl_link_set_flags(change.get(), IFF_UP | IFF_NOARP);
  check_netlink(rtnl_link_change(socket, link, change.get(), 0),
                fmt::format("turning ARP off on {}", rtnl_link_get_name(link)));
}

std::string ipv6_switch(const std::string& interface) {
  return "net/ipv6/conf/" + interface + "/disable_ipv6";
}

}  // namespace

std::string ingress_drop(const std::string& interface) {
  const std::string table = table_of(interface);
  // Declaring the table first makes deleting it possible where it does not exist yet.
  return fmt::format(
      "table netdev {0}\n"
      "delete table netdev {0}\n"
      "table netdev {0} {{\n"
      "  chain ingress {{\n"
      "    type filter hook ingress device \"{1}\" priority -500; policy drop;\n"
      "  }}\n"
      "}}\n",
      table, interface);
}

std::vector<std::string> Guard::install() const {
  const NetlinkSocket socket = open_route_socket();
  const NetlinkLink link = find_interface(socket.get(), interface_);
  const std::vector<std::string> addresses = ipv4_addresses(socket.get(), link.get());
  if (!addresses.empty()) {
    throw KernelError(fmt::format(
        "{0} has the address {1}, but as a device of the gateway its kernel interface must have "
        "none: remove it with `ip address flush dev {0}`",
        interface_, fmt::join(addresses, ", ")));
  }
  run_nftables(ingress_drop(interface_));
  if (sysctls_.has(ipv6_switch(interface_))) sysctls_.set(ipv6_switch(interface_), "1");
  set_mtu(socket.get(), link.get(), mtu_);
  set_flags(socket.get(), link.get());

  std::vector<std::string> warnings;
  for (const std::string& offload : disable_offloads(interface_)) {
    warnings.push_back(fmt::format("{}: the driver keeps {} on", interface_, offload));
  }
  return warnings;
}

std::vector<std::string> Guard::verify() const {
  std::vector<std::string> findings;
  const auto report = [&](std::string_view what) {
    findings.push_back(fmt::format("{}: {}", interface_, what));
  };
  try {
    find_deviations(report);
  } catch (const KernelError& error) {
    report(error.what());
  }
  return findings;
}

void Guard::find_deviations(const std::function<void(std::string_view)>& report) const {
  const NetlinkSocket socket = open_route_socket();
  const NetlinkLink link = find_interface(socket.get(), interface_);
  if (!has_ingress_drop(interface_)) report("the ingress drop is gone");
  const unsigned flags = rtnl_link_get_flags(link.get());
  if ((flags & IFF_NOARP) == 0) report("ARP is on");
  if ((flags & IFF_UP) == 0) report("the interface is down");
  if (rtnl_link_get_mtu(link.get()) != mtu_) {
    report(fmt::format("the MTU is {}", rtnl_link_get_mtu(link.get())));
  }
  if (sysctls_.has(ipv6_switch(interface_)) && sysctls_.get(ipv6_switch(interface_)) != "1") {
    report("IPv6 is on");
  }
  for (const std::string& address : ipv4_addresses(socket.get(), link.get())) {
    report("has the address " + address);
  }
  for (const std::string& offload : enabled_offloads(interface_)) report(offload + " is on");
}

}  // namespace encluster::control
