// The node's TCP connections, as the gateway is told of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "sock_diag/tcp_sockets.hpp"

namespace encluster::agent {

/// Keeps which connections the cluster shows under another port than the node's, for as long as
/// their sockets exist: only gateways know, and they forget it when they end. One thread.
class Connections {
 public:
  using List = std::function<std::vector<sock_diag::TcpSocket>()>;

  /// Renumberings kept; what is told beyond is lost.
  static constexpr std::size_t kMaxRenumbered = 65536;

  /// @param list the machine's sockets; throws std::runtime_error
  /// @param gateways where agents join them: what leads there is not of the cluster's
  Connections(List list, std::vector<Ipv4Address> gateways)
      : list_(std::move(list)), gateways_(std::move(gateways)) {}

  /// A gateway wants to know all there is: next() begins anew.
  /// @returns how many connections next() will tell
  /// @throws std::runtime_error; then next() has nothing to tell
  std::size_t begin();
  /// The next message about it; nothing after the last one.
  [[nodiscard]] std::optional<agent_protocol::Sockets> next();
  /// Nobody wants to know the rest.
  void parted();

  /// What a gateway says. A connection that is shown under the node's port is renumbered no more.
  /// @returns false if there were too many
  bool merge(const agent_protocol::Renumberings& renumberings);
  /// Forgets renumberings without a socket; call it every few seconds. @throws std::runtime_error
  void forget_gone();
  /// Renumberings kept.
  [[nodiscard]] std::size_t renumbered() const noexcept { return shown_.size(); }

 private:
  /// Of a connection: remote, its port, and the node's.
  using Key = std::uint64_t;

  [[nodiscard]] static Key key_of(Ipv4Address remote, PortNumber remote_port, PortNumber port);
  void keep_only(const std::vector<sock_diag::TcpSocket>& sockets);
  /// Whether a gateway may have forwarded it.
  [[nodiscard]] bool may_be_forwarded(const sock_diag::TcpSocket& socket) const;
  [[nodiscard]] agent_protocol::TcpSocket described(const sock_diag::TcpSocket& socket) const;

  List list_;
  std::vector<Ipv4Address> gateways_;
  std::map<Key, PortNumber> shown_;
  bool telling_ = false;
  std::vector<sock_diag::TcpSocket> sockets_;  ///< to be told
  std::size_t told_ = 0;                       ///< of them, so far
};

}  // namespace encluster::agent
