#include "control/local_stack.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <string_view>

#include "control/kernel_error.hpp"
#include "control/kernel_objects.hpp"
#include "control/netlink.hpp"

namespace encluster::control {
namespace {

// Marks the routes that enclusterd made, so that a later run knows them (rtnetlink(7),
// rtm_protocol). Assigned to nobody in iproute2's rt_protos.
constexpr std::uint8_t kRouteProtocol = 0xec;

std::vector<LocalInterface> all_interfaces(const LocalStackConfig& config) {
  std::vector<LocalInterface> all = config.networks;
  all.push_back(config.interconnect);
  return all;
}

/// Deletes TAPs of networks that are no longer configured: their address may be another's now.
void remove_orphans(nl_sock* socket, const std::vector<LocalInterface>& ours) {
  nl_cache* raw = nullptr;
  check_netlink(rtnl_link_alloc_cache(socket, AF_UNSPEC, &raw), "listing interfaces");
  const NetlinkCache links(raw);
  for_each<rtnl_link>(raw, [&](rtnl_link& link) {
    const std::string name = rtnl_link_get_name(&link);
    const char* type = rtnl_link_get_type(&link);
    if (!name.starts_with("ec-") || type == nullptr || std::string_view(type) != "tun") return;
    // A carrier means that a process is attached.
    if (rtnl_link_get_carrier(&link) != 0) return;
    if (std::ranges::any_of(ours, [&](const auto& one) { return one.name == name; })) return;
    check_netlink(rtnl_link_delete(socket, &link), fmt::format("removing stale TAP {}", name));
  });
}

void set_address(nl_sock* socket, int index, const LocalInterface& interface) {
  nl_cache* raw = nullptr;
  check_netlink(rtnl_addr_alloc_cache(socket, &raw), "listing addresses");
  const NetlinkCache addresses(raw);
  for_each<rtnl_addr>(raw, [&](rtnl_addr& address) {
    const auto local = to_prefix(rtnl_addr_get_local(&address));
    if (rtnl_addr_get_ifindex(&address) != index || !local || *local == interface.address) return;
    const int result = rtnl_addr_delete(socket, &address, 0);
    // Removing a subnet's first address takes the others along.
    if (result != -NLE_NOADDR) {
      check_netlink(result, fmt::format("removing {} from {}", to_string(*local), interface.name));
    }
  });

  const InterfaceAddress address(check_allocated(rtnl_addr_alloc()));
  rtnl_addr_set_ifindex(address.get(), index);
  const NetlinkAddress local = to_netlink(interface.address);
  check_netlink(rtnl_addr_set_local(address.get(), local.get()), "composing an address");
  const int result = rtnl_addr_add(socket, address.get(), 0);
  if (result != -NLE_EXIST) {
    check_netlink(result,
                  fmt::format("adding {} to {}", to_string(interface.address), interface.name));
  }
}

void bring_up(nl_sock* socket, rtnl_link* link) {
  const NetlinkLink change(check_allocated(rtnl_link_alloc()));
  rtnl_link_set_flags(change.get(), IFF_UP);
  check_netlink(rtnl_link_change(socket, link, change.get(), 0),
                fmt::format("bringing {} up", rtnl_link_get_name(link)));
}

/// A default route as enclusterd makes it.
struct DefaultRoute {
  int interface = 0;
  std::uint32_t metric = 0;
  std::uint32_t gateway = 0;

  friend bool operator==(const DefaultRoute&, const DefaultRoute&) = default;
};

std::vector<DefaultRoute> wanted_routes(nl_sock* socket,
                                        const std::vector<LocalInterface>& networks) {
  std::vector<DefaultRoute> wanted;
  for (const LocalInterface& network : networks) {
    if (!network.gateway) continue;
    const NetlinkLink link = find_interface(socket, network.name);
    wanted.push_back({rtnl_link_get_ifindex(link.get()), static_cast<std::uint32_t>(wanted.size()),
                      network.gateway->value()});
  }
  return wanted;
}

/// Deletes the default routes of an earlier run that are not wanted, and returns the others.
std::vector<DefaultRoute> keep_routes(nl_sock* socket, const std::vector<DefaultRoute>& wanted) {
  nl_cache* raw = nullptr;
  check_netlink(rtnl_route_alloc_cache(socket, AF_INET, 0, &raw), "listing routes");
  const NetlinkCache routes(raw);
  std::vector<DefaultRoute> kept;
  for_each<rtnl_route>(raw, [&](rtnl_route& route) {
    rtnl_nexthop* hop = rtnl_route_nexthop_n(&route, 0);
    if (rtnl_route_get_protocol(&route) != kRouteProtocol || hop == nullptr) return;
    const auto gateway = to_prefix(rtnl_route_nh_get_gateway(hop));
    const DefaultRoute found{rtnl_route_nh_get_ifindex(hop), rtnl_route_get_priority(&route),
                             gateway ? gateway->address.value() : 0};
    if (std::ranges::find(wanted, found) != wanted.end()) {
      kept.push_back(found);
    } else {
      check_netlink(rtnl_route_delete(socket, &route, 0), "removing an earlier default route");
    }
  });
  return kept;
}

void add_route(nl_sock* socket, const DefaultRoute& wanted) {
  const KernelRoute route(check_allocated(rtnl_route_alloc()));
  rtnl_route_set_family(route.get(), AF_INET);
  rtnl_route_set_protocol(route.get(), kRouteProtocol);
  rtnl_route_set_priority(route.get(), wanted.metric);
  const NetlinkAddress anywhere = to_netlink(Ipv4Prefix{});
  check_netlink(rtnl_route_set_dst(route.get(), anywhere.get()), "composing a route");
  // The route owns its next hop from here on.
  rtnl_nexthop* hop = check_allocated(rtnl_route_nh_alloc());
  rtnl_route_add_nexthop(route.get(), hop);
  rtnl_route_nh_set_ifindex(hop, wanted.interface);
  const NetlinkAddress gateway = to_netlink(Ipv4Address(wanted.gateway));
  rtnl_route_nh_set_gateway(hop, gateway.get());

  const int result = rtnl_route_add(socket, route.get(), NLM_F_EXCL);
  const std::string doing = fmt::format("adding the default route of metric {}", wanted.metric);
  if (result == -NLE_EXIST) {
    throw KernelError(
        doing +
        ": the host has one already; give that a higher metric, or leave `gateway` out of "
        "the network's configuration");
  }
  check_netlink(result, doing);
}

void configure_routes(nl_sock* socket, const std::vector<LocalInterface>& networks) {
  const std::vector<DefaultRoute> wanted = wanted_routes(socket, networks);
  const std::vector<DefaultRoute> kept = keep_routes(socket, wanted);
  for (const DefaultRoute& route : wanted) {
    if (std::ranges::find(kept, route) == kept.end()) add_route(socket, route);
  }
}

void configure_interface(nl_sock* socket, const LocalInterface& interface, bool interconnect,
                         const Sysctls& sysctls) {
  for (const Setting& setting : interface_settings(interface.name, interconnect)) {
    // A kernel without IPv6 lacks one, and can do without.
    if (sysctls.has(setting.key)) sysctls.set(setting.key, setting.value);
  }
  const NetlinkLink link = find_interface(socket, interface.name);
  set_address(socket, rtnl_link_get_ifindex(link.get()), interface);
  bring_up(socket, link.get());
}

void configure_ports(const LocalStackConfig& config, const Sysctls& sysctls) {
  sysctls.set("net/ipv4/ip_local_port_range",
              fmt::format("{}\t{}", config.first_port.value(), config.last_port.value()));
  const std::string reserved = "net/ipv4/ip_local_reserved_ports";
  sysctls.set(reserved, reserved_ports(sysctls.get(reserved), config));
  // A slice is small: a port in TIME-WAIT must be usable towards another remote at once.
  sysctls.set("net/ipv4/tcp_tw_reuse", "1");
}

/// The neighbour table must hold what `Neighbours` asks for. Linux has one for all namespaces, and
/// shows its bounds in the first one only: elsewhere they are what they are.
void make_room_for_neighbours(const Sysctls& sysctls) {
  const auto raise = [&](const std::string& key, unsigned long minimum) {
    if (sysctls.has(key) && std::stoul(sysctls.get(key)) < minimum) {
      sysctls.set(key, std::to_string(minimum));
    }
  };
  const std::string threshold = "net/ipv4/neigh/default/gc_thresh";
  raise(threshold + "3", 4 * kMaxNeighbours);
  raise(threshold + "2", 2 * kMaxNeighbours);
  raise(threshold + "1", kMaxNeighbours);
}

}  // namespace

std::vector<Setting> interface_settings(const std::string& name, bool interconnect) {
  const std::string ipv4 = "net/ipv4/conf/" + name;
  const std::string neighbour = "net/ipv4/neigh/" + name;
  std::vector<Setting> settings{
      {"net/ipv6/conf/" + name + "/disable_ipv6", "1"},
      {ipv4 + "/arp_ignore", "1"},
      {ipv4 + "/arp_announce", "2"},
      {ipv4 + "/rp_filter", "1"},
  };
  if (interconnect) {
    // One that is asked is known to be silent after a second. Four questions: one or two may be
    // lost where the gateway is busy. Even where nobody asks, it takes ten seconds instead of a
    // minute.
    settings.insert(settings.end(), {{neighbour + "/base_reachable_time_ms", "3000"},
                                     {neighbour + "/delay_first_probe_time", "1"},
                                     {neighbour + "/retrans_time_ms", "250"},
                                     {neighbour + "/ucast_solicit", "4"},
                                     {neighbour + "/mcast_solicit", "4"}});
  }
  return settings;
}

std::string reserved_ports(const std::string& before, const LocalStackConfig& config) {
  std::string result = before;
  for (const PortNumber port : config.service_ports) {
    if (port < config.first_port || port > config.last_port) continue;
    // The kernel keeps a set: naming a port twice does no harm.
    result += fmt::format("{}{}", result.empty() ? "" : ",", port.value());
  }
  return result;
}

std::vector<std::string> configure_local_stack(const LocalStackConfig& config,
                                               const Sysctls& sysctls) {
  const NetlinkSocket socket = open_route_socket();
  remove_orphans(socket.get(), all_interfaces(config));
  for (const LocalInterface& network : config.networks) {
    configure_interface(socket.get(), network, false, sysctls);
  }
  configure_interface(socket.get(), config.interconnect, true, sysctls);
  configure_routes(socket.get(), config.networks);
  configure_ports(config, sysctls);
  make_room_for_neighbours(sysctls);

  std::vector<std::string> warnings;
  if (sysctls.get("net/ipv4/ip_forward") != "0") {
    warnings.push_back(
        "net.ipv4.ip_forward is on: the kernel may carry packets between networks and nodes past "
        "the gateway; unless something else needs it, turn it off");
  }
  return warnings;
}

}  // namespace encluster::control
