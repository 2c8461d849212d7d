// libnl with owners and exceptions, for the parts of the control thread that deal with the kernel.
#pragma once

#include <netlink/addr.h>
#include <netlink/cache.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "encluster/types.hpp"

namespace encluster::control {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using NetlinkSocket = std::unique_ptr<nl_sock, FreeWith<nl_socket_free>>;
using NetlinkCache = std::unique_ptr<nl_cache, FreeWith<nl_cache_free>>;
using NetlinkAddress = std::unique_ptr<nl_addr, FreeWith<nl_addr_put>>;
using NetlinkMessage = std::unique_ptr<nl_msg, FreeWith<nlmsg_free>>;
using NetlinkLink = std::unique_ptr<rtnl_link, FreeWith<rtnl_link_put>>;
using InterfaceAddress = std::unique_ptr<rtnl_addr, FreeWith<rtnl_addr_put>>;
using KernelRoute = std::unique_ptr<rtnl_route, FreeWith<rtnl_route_put>>;

/// Passes a libnl result through. @throws KernelError "doing: reason" if it is negative.
int check_netlink(int result, std::string_view doing);

/// Passes a pointer that libnl allocated through. @throws std::bad_alloc if it is null.
template <typename T>
T* check_allocated(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

/// A connected NETLINK_ROUTE socket in the calling thread's network namespace. @throws KernelError
[[nodiscard]] NetlinkSocket open_route_socket();

/// The interface of that name. @throws KernelError if there is none.
[[nodiscard]] NetlinkLink find_interface(nl_sock* socket, const std::string& name);

/// @param prefix 0.0.0.0/0 stands for the default route.
[[nodiscard]] NetlinkAddress to_netlink(const Ipv4Prefix& prefix);
[[nodiscard]] NetlinkAddress to_netlink(Ipv4Address address);

/// Nothing for null and for other families.
[[nodiscard]] std::optional<Ipv4Prefix> to_prefix(const nl_addr* address);

/// "192.0.2.1/24", for messages.
[[nodiscard]] std::string to_string(const Ipv4Prefix& prefix);

/// Visits what a cache holds, in the kernel's order. `Object` is rtnl_addr, rtnl_link, ...
template <typename Object, typename Visit>
void for_each(nl_cache* cache, Visit visit) {
  for (nl_object* object = nl_cache_get_first(cache); object != nullptr;
       object = nl_cache_get_next(object)) {
    visit(*reinterpret_cast<Object*>(object));
  }
}

}  // namespace encluster::control
