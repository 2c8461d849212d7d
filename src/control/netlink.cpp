#include "control/netlink.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

#include "control/kernel_error.hpp"

namespace encluster::control {

int check_netlink(int result, std::string_view doing) {
  if (result < 0) throw KernelError(fmt::format("{}: {}", doing, nl_geterror(result)));
  return result;
}

NetlinkSocket open_route_socket() {
  NetlinkSocket socket(check_allocated(nl_socket_alloc()));
  check_netlink(nl_connect(socket.get(), NETLINK_ROUTE), "opening a netlink socket");
  return socket;
}

NetlinkLink find_interface(nl_sock* socket, const std::string& name) {
  rtnl_link* link = nullptr;
  check_netlink(rtnl_link_get_kernel(socket, 0, name.c_str(), &link),
                fmt::format("looking for interface {}", name));
  return NetlinkLink(link);
}

NetlinkAddress to_netlink(const Ipv4Prefix& prefix) {
  const Be32 wire = prefix.address.wire();
  // An address of no length is how libnl spells "default".
  const std::size_t size = prefix.length == 0 ? 0 : sizeof(wire);
  NetlinkAddress address(check_allocated(nl_addr_build(AF_INET, &wire, size)));
  nl_addr_set_prefixlen(address.get(), prefix.length);
  return address;
}

NetlinkAddress to_netlink(Ipv4Address address) { return to_netlink(Ipv4Prefix{address, 32}); }

std::optional<Ipv4Prefix> to_prefix(const nl_addr* address) {
  if (address == nullptr || nl_addr_get_family(address) != AF_INET) return std::nullopt;
  Ipv4Prefix prefix;
  prefix.length = static_cast<std::uint8_t>(nl_addr_get_prefixlen(address));
  const unsigned size = nl_addr_get_len(address);
  if (size == 0) return prefix;
  Be32 wire;
  if (size != sizeof(wire)) return std::nullopt;
  std::memcpy(&wire, nl_addr_get_binary_addr(address), sizeof(wire));
  prefix.address = Ipv4Address(wire);
  return prefix;
}

std::string to_string(const Ipv4Prefix& prefix) {
  const std::uint32_t value = prefix.address.value();
  return fmt::format("{}.{}.{}.{}/{}", value >> 24, value >> 16 & 0xff, value >> 8 & 0xff,
                     value & 0xff, prefix.length);
}

}  // namespace encluster::control
