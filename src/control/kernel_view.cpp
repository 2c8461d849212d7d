#include "control/kernel_view.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "control/kernel_error.hpp"

namespace encluster::control {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kCoalesce{5};
constexpr int kMessagesAtOnce = 64;  ///< then the control thread's other work has its turn

NetlinkSocket open_event_socket(nl_recvmsg_msg_cb_t callback, void* argument) {
  NetlinkSocket socket(check_allocated(nl_socket_alloc()));
  nl_socket_disable_seq_check(socket.get());
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, callback, argument);
  check_netlink(nl_connect(socket.get(), NETLINK_ROUTE), "opening a netlink socket");
  check_netlink(nl_socket_add_memberships(socket.get(), RTNLGRP_NEIGH, RTNLGRP_IPV4_ROUTE,
                                          RTNLGRP_IPV4_IFADDR, RTNLGRP_LINK, RTNLGRP_NONE),
                "subscribing to the kernel's routes and neighbours");
  check_netlink(nl_socket_set_nonblocking(socket.get()), "opening a netlink socket");
  return socket;
}

/// By prefix, and among those of one prefix by metric: whatever order the kernel lists them in.
void sort(std::vector<ObservedRoute>& routes) {
  std::ranges::stable_sort(routes, {}, [](const ObservedRoute& one) {
    return std::tuple(one.route.prefix, one.metric);
  });
}

}  // namespace

KernelView::KernelView(const asio::any_io_executor& executor, std::vector<TapLink> links,
                       Changed changed, NeighbourSeen neighbour_seen)
    : links_(std::move(links)),
      changed_(std::move(changed)),
      neighbour_seen_(std::move(neighbour_seen)),
      readable_(executor),
      timer_(executor) {}

KernelView::~KernelView() {
  // The socket closes it.
  if (readable_.is_open()) readable_.release();
}

void KernelView::start() {
  requests_ = open_route_socket();
  events_ = open_event_socket(
      [](nl_msg* message, void* self) {
        static_cast<KernelView*>(self)->collect(message);
        return static_cast<int>(NL_OK);
      },
      this);
  readable_.assign(nl_socket_get_fd(events_.get()));
  read();
  tell();
  wait();
}

void KernelView::wait() {
  readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this](const boost::system::error_code& error) {
                         if (error) return;
                         receive();
                         wait();
                       });
}

void KernelView::receive() {
  int result = 0;
  for (int i = 0; i < kMessagesAtOnce && result >= 0; ++i) {
    result = nl_recvmsgs_default(events_.get());
  }
  if (result < 0 && result != -NLE_AGAIN) {
    // Most likely ENOBUFS: messages were lost. Whatever it was, the remedy is the same.
    routes_suspect_ = true;
    neighbours_suspect_ = true;
  }
  for (const ObservedNeighbour& seen : std::exchange(received_, {})) note(seen);
  if (differs_ || routes_suspect_ || neighbours_suspect_) schedule();
}

void KernelView::collect(nl_msg* message) noexcept {
  const int type = nlmsg_hdr(message)->nlmsg_type;
  if (type != RTM_NEWNEIGH && type != RTM_DELNEIGH) {
    routes_suspect_ = true;
    return;
  }
  const auto parsed = [](nl_object* object, void* self) {
    auto& view = *static_cast<KernelView*>(self);
    const auto seen = to_neighbour(*reinterpret_cast<rtnl_neigh*>(object), view.links_);
    if (seen) view.received_.push_back(*seen);
  };
  const std::size_t before = received_.size();
  // What libnl can't parse is of a family that is none of ours.
  (void)nl_msg_parse(message, parsed, this);
  if (type == RTM_DELNEIGH && received_.size() > before) {
    received_.back().state = NeighbourState::gone;
  }
}

void KernelView::note(const ObservedNeighbour& seen) {
  const switching::Neighbour& neighbour = seen.neighbour;
  const std::pair key(neighbour.egress, neighbour.address);
  if (has_mac(seen.state)) {
    const auto [known, inserted] = neighbours_.try_emplace(key, neighbour.mac);
    if (inserted || std::exchange(known->second, neighbour.mac) != neighbour.mac) differs_ = true;
  } else if (neighbours_.erase(key) != 0) {
    differs_ = true;
  }
  neighbour_seen_(neighbour.egress, neighbour.address, seen.state);
}

void KernelView::read_neighbours() {
  nl_cache* raw = nullptr;
  check_netlink(rtnl_neigh_alloc_cache(requests_.get(), &raw), "listing neighbours");
  const NetlinkCache cache(raw);
  const auto before = std::exchange(neighbours_, {});
  for_each<rtnl_neigh>(raw, [this](rtnl_neigh& entry) {
    if (const auto seen = to_neighbour(entry, links_)) note(*seen);
  });
  for (const auto& [key, mac] : before) {
    if (neighbours_.contains(key)) continue;
    differs_ = true;
    neighbour_seen_(key.first, key.second, NeighbourState::gone);
  }
  neighbours_suspect_ = false;
}

void KernelView::read_routes() {
  const auto begin = Clock::now();
  nl_cache* raw = nullptr;
  check_netlink(rtnl_route_alloc_cache(requests_.get(), AF_INET, 0, &raw), "listing routes");
  const NetlinkCache cache(raw);
  std::vector<ObservedRoute> found;
  for_each<rtnl_route>(raw, [&](rtnl_route& entry) {
    if (const auto route = to_route(entry, links_)) found.push_back(*route);
  });
  sort(found);
  std::vector<switching::Route> routes;
  routes.reserve(found.size());
  for (const ObservedRoute& one : found) routes.push_back(one.route);
  if (routes != routes_) differs_ = true;
  routes_ = std::move(routes);
  routes_suspect_ = false;
  route_read_time_ = Clock::now() - begin;
}

void KernelView::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  timer_.expires_at(not_before_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    scheduled_ = false;
    // Where a routing daemon gave the kernel a large table, reading it takes a tenth of the time.
    not_before_ = Clock::now() + std::max<Clock::duration>(kCoalesce, 10 * route_read_time_);
    try {
      read();
    } catch (const KernelError&) {
      schedule();  // the kernel is short of memory, or the table changes faster than it is read
      return;
    }
    tell();
  });
}

void KernelView::read() {
  if (neighbours_suspect_) read_neighbours();
  if (routes_suspect_) read_routes();
}

void KernelView::tell() {
  if (!std::exchange(differs_, false)) return;
  std::vector<switching::Neighbour> neighbours;
  neighbours.reserve(neighbours_.size());
  for (const auto& [key, mac] : neighbours_) {
    neighbours.push_back({.egress = key.first, .address = key.second, .mac = mac});
  }
  changed_(routes_, neighbours);
}

}  // namespace encluster::control
