// Looks which ports the programs of this machine have bound.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent_configuration.hpp"
#include "agent/port_list.hpp"
#include "agent/seen_ports.hpp"
#include "agent_protocol/messages.hpp"
#include "control/log.hpp"
#include "sock_diag/bound_sockets.hpp"
#include "sock_diag/udp_destructions.hpp"

namespace encluster::agent {

/// Which sockets are to be leased: those on the ports that are watched, at any address or at one of
/// the cluster's, that are bound to no device. What is bound to the loopback or to the node's own
/// address is of this machine, or of the interconnect, and no concern of the cluster.
struct SeenFilter {
  LeaseSeen ports;
  std::vector<Ipv4Address> cluster;                ///< its addresses, as far as known
  std::optional<agent_protocol::PortRange> slice;  ///< the node's own already

  /// Adds them, each port once.
  void add(Protocol protocol, const std::vector<sock_diag::BoundSocket>& sockets,
           BoundPorts& bound) const;
};

/// The first and the last port of the set; nothing where it is empty.
[[nodiscard]] std::optional<sock_diag::PortSpan> span_of(const PortSet& ports);

/// Lists sockets now and then, and at once when the kernel says that one of UDP is gone. It says
/// nothing of those that are bound, and its words about TCP would be of each connection. One
/// thread, the executor's; what has begun must not run after this is gone.
class SocketWatch {
 public:
  /// So long a program may wait, at most, until its port is asked for: less than the retry of any
  /// client. A list takes 0.1 ms on most nodes, 2 ms with 10,000 UDP sockets.
  static constexpr std::chrono::milliseconds kPeriod{250};
  /// From one list to the next, at least, however many sockets are closed.
  static constexpr std::chrono::milliseconds kLeastPause{20};
  /// The same in parts of the time that a list took: at most that part of a processor.
  static constexpr int kShare = 20;
  static constexpr std::chrono::milliseconds kListAgain{1000};  ///< after a failure

  using List =
      std::function<std::vector<sock_diag::BoundSocket>(Protocol, const sock_diag::PortSpan&)>;
  using Handler = std::function<void(const BoundPorts&)>;

  /// @param list throws std::runtime_error
  /// @param handler called after each list. The log must outlive this.
  SocketWatch(const boost::asio::any_io_executor& executor, const LeaseSeen& ports, List list,
              Handler handler, control::Logger& log);

  /// Lists before it returns, and from then on. Does nothing where no ports are watched. Once.
  void start();
  /// What the gateway says of the cluster, and of this node. Lists at once.
  void adopt(const agent_protocol::Settings& settings);

 private:
  using Clock = std::chrono::steady_clock;

  void look();
  [[nodiscard]] BoundPorts list() const;
  void listen();
  void await_look(Clock::duration delay);
  void await_destruction();
  /// Logs the problem, or that there is none any more, if that is news.
  void tell(const std::string& problem);

  SeenFilter filter_;
  std::optional<sock_diag::PortSpan> udp_;  ///< what is watched is in these
  std::optional<sock_diag::PortSpan> tcp_;
  List list_;
  Handler handler_;
  control::Logger& log_;
  boost::asio::steady_timer timer_;
  std::optional<sock_diag::UdpDestructions> destructions_;
  boost::asio::posix::stream_descriptor descriptor_;  ///< a duplicate of theirs
  BoundPorts bound_;                                  ///< as last told
  Clock::time_point next_{};  ///< the next list comes no earlier, whatever happens
  bool started_ = false;
  std::string problem_;
};

}  // namespace encluster::agent
