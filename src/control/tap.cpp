#include "control/tap.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "control/kernel_error.hpp"
#include "control/netlink.hpp"

namespace encluster::control {
namespace {

std::string explain(int error) {
  switch (error) {
    case EBUSY:
      return "another process is attached to it: does another enclusterd run?";
    case EPERM:
      return "not permitted: enclusterd needs CAP_NET_ADMIN";
    case EINVAL:
      return "an interface of that name exists, and is no TAP like ours: remove or rename it";
    default:
      return std::strerror(error);
  }
}

FileDescriptor attach(const std::string& name) {
  FileDescriptor fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (fd.get() < 0) {
    throw KernelError(fmt::format("cannot open /dev/net/tun: {}", std::strerror(errno)));
  }
  ifreq request{};
  std::copy(name.begin(), name.end(), request.ifr_name);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(fd.get(), TUNSETIFF, &request) < 0) {
    throw KernelError(fmt::format("cannot open TAP {}: {}", name, explain(errno)));
  }
  // Without offloads the kernel hands over finished frames: checksums filled in, none above the
  // MTU.
  if (::ioctl(fd.get(), TUNSETPERSIST, 1) < 0 || ::ioctl(fd.get(), TUNSETOFFLOAD, 0) < 0) {
    throw KernelError(fmt::format("cannot set up TAP {}: {}", name, std::strerror(errno)));
  }
  return fd;
}

void set_link(nl_sock* socket, rtnl_link* link, const MacAddress& mac, std::uint16_t mtu) {
  const NetlinkLink change(check_allocated(rtnl_link_alloc()));
  const NetlinkAddress address(check_allocated(nl_addr_build(AF_LLC, mac.data(), mac.size())));
  rtnl_link_set_addr(change.get(), address.get());
  rtnl_link_set_mtu(change.get(), mtu);
  check_netlink(rtnl_link_change(socket, link, change.get(), 0),
                fmt::format("setting MAC address and MTU of {}", rtnl_link_get_name(link)));
}

}  // namespace

Tap open_tap(const std::string& name, const MacAddress& mac, std::uint16_t mtu) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    throw KernelError(fmt::format("cannot open TAP {}: an interface name has 1 to {} characters",
                                  name, IFNAMSIZ - 1));
  }
  Tap tap{.fd = attach(name), .name = name, .index = 0};
  const NetlinkSocket socket = open_route_socket();
  const NetlinkLink link = find_interface(socket.get(), name);
  set_link(socket.get(), link.get(), mac, mtu);
  tap.index = static_cast<unsigned>(rtnl_link_get_ifindex(link.get()));
  return tap;
}

}  // namespace encluster::control
