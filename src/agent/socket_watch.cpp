#include "agent/socket_watch.hpp"

#include <fcntl.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace encluster::agent {

using boost::system::error_code;
using sock_diag::BoundSocket;
using sock_diag::PortSpan;

void SeenFilter::add(Protocol protocol, const std::vector<BoundSocket>& sockets,
                     BoundPorts& bound) const {
  const PortSet& watched = protocol == Protocol::udp ? ports.udp : ports.tcp;
  for (const BoundSocket& socket : sockets) {
    const bool of_cluster =
        socket.local == Ipv4Address() || std::ranges::find(cluster, socket.local) != cluster.end();
    const bool of_slice = slice && socket.port >= slice->first && socket.port <= slice->last;
    const bool is_watched = socket.port != PortNumber() && watched.test(socket.port.value());
    if (of_cluster && !of_slice && is_watched && socket.device == 0) {
      bound.try_emplace({protocol, socket.port}, socket.inode);
    }
  }
}

std::optional<PortSpan> span_of(const PortSet& ports) {
  if (ports.none()) return std::nullopt;
  std::size_t first = 0;
  std::size_t last = ports.size() - 1;
  while (!ports.test(first)) ++first;
  while (!ports.test(last)) --last;
  return PortSpan{PortNumber(static_cast<std::uint16_t>(first)),
                  PortNumber(static_cast<std::uint16_t>(last))};
}

SocketWatch::SocketWatch(const boost::asio::any_io_executor& executor, const LeaseSeen& ports,
                         List list, Handler handler, control::Logger& log)
    : filter_{.ports = ports, .cluster = {}, .slice = {}},
      udp_(span_of(ports.udp)),
      tcp_(span_of(ports.tcp)),
      list_(std::move(list)),
      handler_(std::move(handler)),
      log_(log),
      timer_(executor),
      descriptor_(executor) {}

void SocketWatch::start() {
  if (!udp_ && !tcp_) return;
  started_ = true;
  listen();
  look();
}

void SocketWatch::adopt(const agent_protocol::Settings& settings) {
  filter_.cluster.clear();
  for (const auto& network : settings.networks) filter_.cluster.push_back(network.address);
  filter_.slice = settings.slice;
  if (started_) look();
}

void SocketWatch::listen() {
  if (!udp_) return;
  try {
    destructions_.emplace(*udp_);
    descriptor_.assign(fcntl(destructions_->descriptor(), F_DUPFD_CLOEXEC, 0));
    await_destruction();
  } catch (const std::runtime_error& problem) {
    // What is closed is seen a little later then.
    log_.warning("closed_sockets_unheard", {{"reason", problem.what()}});
  }
}

void SocketWatch::await_destruction() {
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const error_code& error) {
                           if (error) return;
                           if (destructions_->take()) await_look({});
                           await_destruction();
                         });
}

void SocketWatch::await_look(Clock::duration delay) {
  const Clock::time_point at = std::max(next_, Clock::now() + delay);
  if (timer_.expiry() <= at && timer_.expiry() > Clock::now()) return;  // soon enough already
  timer_.expires_at(at);
  timer_.async_wait([this](const error_code& error) {
    if (!error) look();
  });
}

BoundPorts SocketWatch::list() const {
  BoundPorts bound;
  if (udp_) filter_.add(Protocol::udp, list_(Protocol::udp, *udp_), bound);
  if (tcp_) filter_.add(Protocol::tcp, list_(Protocol::tcp, *tcp_), bound);
  return bound;
}

void SocketWatch::look() {
  const Clock::time_point begin = Clock::now();
  try {
    BoundPorts bound = list();
    const bool any_gone = std::ranges::any_of(
        bound_, [&bound](const auto& before) { return !bound.contains(before.first); });
    // A long list is made in pieces, between which one that stays may be passed over: what seems
    // gone is looked for again.
    if (any_gone) bound.merge(list());
    bound_ = std::move(bound);
    tell({});
    next_ = Clock::now() + std::max<Clock::duration>(kLeastPause, kShare * (Clock::now() - begin));
    await_look(kPeriod);
    handler_(bound_);
  } catch (const std::runtime_error& problem) {
    tell(problem.what());
    next_ = Clock::now() + kListAgain;
    await_look(kListAgain);
  }
}

void SocketWatch::tell(const std::string& problem) {
  if (problem == problem_) return;
  problem_ = problem;
  if (problem.empty()) {
    log_.info("sockets_known", {});
  } else {
    log_.warning("sockets_unknown", {{"reason", problem}});
  }
}

}  // namespace encluster::agent
