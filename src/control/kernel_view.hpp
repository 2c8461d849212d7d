// The gateway's kernel resolves neighbours and knows routes (from the configuration, or from a
// routing daemon); workers forward by copies of both. This is where the copies come from.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "control/kernel_objects.hpp"
#include "control/netlink.hpp"

namespace encluster::control {

/// Follows rtnetlink: the main table's IPv4 unicast routes over networks' TAPs, and the neighbours
/// on all TAPs. Control thread only, in the gateway's network namespace; destroyed when the
/// executor runs no more.
///
/// Neighbours are followed message by message. Routes are read anew whenever a message hints that
/// they may have changed: the kernel announces no route that vanishes with its interface or
/// address, and nothing then can drift. When messages were lost (ENOBUFS), all is read anew.
///
/// Routes over interfaces that are no TAPs are left out: a remote that the kernel would reach by
/// such a one is, for the cluster, reached by the next shorter prefix, if any.
class KernelView {
 public:
  /// Routes of one prefix in falling preference; both vectors in an order of their own that is
  /// always the same. References are valid during the call.
  using Changed = std::function<void(const std::vector<switching::Route>& routes,
                                     const std::vector<switching::Neighbour>& neighbours)>;
  /// An entry changed, or is as it was. At once, not coalesced.
  using NeighbourSeen = std::function<void(Egress, Ipv4Address, NeighbourState)>;

  /// Calls neither function before start().
  KernelView(const boost::asio::any_io_executor& executor, std::vector<TapLink> links,
             Changed changed, NeighbourSeen neighbour_seen);
  KernelView(const KernelView&) = delete;
  KernelView& operator=(const KernelView&) = delete;
  ~KernelView();

  /// Reads everything, calls `changed` once before it returns, and from then on whenever routes or
  /// resolved neighbours differ: at once, then not again for five milliseconds. @throws KernelError
  void start();

 private:
  using Clock = std::chrono::steady_clock;

  void wait();
  void receive();
  void collect(nl_msg* message) noexcept;  ///< called by libnl
  void note(const ObservedNeighbour& seen);
  void read();
  void read_neighbours();
  void read_routes();
  void schedule();
  void tell();

  const std::vector<TapLink> links_;
  const Changed changed_;
  const NeighbourSeen neighbour_seen_;
  NetlinkSocket requests_;                          ///< blocking: for dumps
  NetlinkSocket events_;                            ///< never blocks
  boost::asio::posix::stream_descriptor readable_;  ///< borrows the descriptor of events_
  boost::asio::steady_timer timer_;

  std::vector<ObservedNeighbour> received_;                          ///< not noted yet
  std::map<std::pair<Egress, Ipv4Address>, MacAddress> neighbours_;  ///< the resolved ones
  std::vector<switching::Route> routes_;
  bool routes_suspect_ = true;
  bool neighbours_suspect_ = true;
  bool differs_ = true;  ///< from what `changed` was told last
  bool scheduled_ = false;
  Clock::time_point not_before_{};     ///< the next call of `changed`
  Clock::duration route_read_time_{};  ///< how long the last one took
};

}  // namespace encluster::control
