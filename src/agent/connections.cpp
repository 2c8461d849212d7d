#include "agent/connections.hpp"

#include <algorithm>
#include <utility>

namespace encluster::agent {

namespace {

using agent_protocol::kMaxSockets;
using agent_protocol::Renumbering;
using agent_protocol::Renumberings;
using agent_protocol::Sockets;
using agent_protocol::SocketState;
using sock_diag::TcpSocket;

constexpr Ipv4Prefix kLoopback{Ipv4Address(127, 0, 0, 0), 8};

}  // namespace

Connections::Key Connections::key_of(Ipv4Address remote, PortNumber remote_port, PortNumber port) {
  return Key{remote.value()} << 32 | Key{remote_port.value()} << 16 | port.value();
}

std::size_t Connections::begin() {
  parted();
  std::vector<TcpSocket> sockets = list_();
  keep_only(sockets);
  std::erase_if(sockets, [this](const TcpSocket& socket) { return !may_be_forwarded(socket); });
  sockets_ = std::move(sockets);
  telling_ = true;
  return sockets_.size();
}

std::optional<Sockets> Connections::next() {
  if (!telling_) return std::nullopt;
  Sockets message;
  const std::size_t end = std::min(told_ + kMaxSockets, sockets_.size());
  message.sockets.reserve(end - told_);
  for (; told_ < end; ++told_) message.sockets.push_back(described(sockets_[told_]));
  message.last = told_ == sockets_.size();
  if (message.last) parted();
  return message;
}

void Connections::parted() {
  telling_ = false;
  told_ = 0;
  sockets_ = {};
}

bool Connections::merge(const Renumberings& renumberings) {
  bool all = true;
  for (const Renumbering& claim : renumberings.claims) {
    const Key key = key_of(claim.remote, claim.remote_port, claim.port);
    if (claim.shown == claim.port) {
      shown_.erase(key);
    } else if (shown_.size() < kMaxRenumbered || shown_.contains(key)) {
      shown_[key] = claim.shown;
    } else {
      all = false;
    }
  }
  return all;
}

void Connections::forget_gone() {
  if (!shown_.empty()) keep_only(list_());
}

void Connections::keep_only(const std::vector<TcpSocket>& sockets) {
  if (shown_.empty()) return;
  std::map<Key, PortNumber> kept;
  for (const TcpSocket& socket : sockets) {
    kept.insert(shown_.extract(key_of(socket.remote, socket.remote_port, socket.local_port)));
  }
  shown_ = std::move(kept);
}

bool Connections::may_be_forwarded(const TcpSocket& socket) const {
  return !kLoopback.contains(socket.local) && !kLoopback.contains(socket.remote) &&
         std::ranges::find(gateways_, socket.remote) == gateways_.end() &&
         socket.local_port != PortNumber() && socket.remote_port != PortNumber();
}

agent_protocol::TcpSocket Connections::described(const TcpSocket& socket) const {
  const auto shown = shown_.find(key_of(socket.remote, socket.remote_port, socket.local_port));
  return {.remote = socket.remote,
          .remote_port = socket.remote_port,
          .port = socket.local_port,
          .shown = shown == shown_.end() ? socket.local_port : shown->second,
          .state = static_cast<SocketState>(socket.state)};
}

}  // namespace encluster::agent
