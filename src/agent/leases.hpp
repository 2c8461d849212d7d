// Which ports this node holds, for whom, and until when: the agent's state, without sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/local_protocol.hpp"
#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// A connection of a keeper, never used again; or a port that a program has bound without one
/// (seen_ports.hpp).
using KeeperId = std::uint64_t;
inline constexpr KeeperId kFirstSeen = KeeperId{1} << 63;
[[nodiscard]] constexpr bool is_seen(KeeperId keeper) noexcept { return keeper >= kFirstSeen; }

/// What is to be sent after something happened, in order.
struct LeaseActions {
  std::vector<agent_protocol::FromAgent> to_gateway;
  std::vector<std::pair<KeeperId, ToKeeper>> to_keepers;
};

/// The leases of one node. A lease is valid until the fence after the last answered message was
/// sent: the gateway counts from when it came, so that the node always stops first.
///
/// Messages to the gateway come out only between joined() and parted(). One thread.
class Leases {
 public:
  /// How long a lease stays when its keeper is gone without a word. Its command dies with it, but a
  /// moment later; and a keeper that only lost its connection comes back within that time.
  static constexpr std::chrono::milliseconds kOrphanGrace{1000};

  /// @param node this node's name, for those who ask for what it has already
  explicit Leases(std::string node) : node_(std::move(node)) {}

  /// @pre the keeper has no lease, and waits for none
  LeaseActions ask(KeeperId keeper, const agent_protocol::LeasedPort& port);
  /// Takes the place of a port that was only seen: the keeper's command is what was seen.
  /// @pre as for ask()
  LeaseActions hold(KeeperId keeper, const Hold& held, BootTime now);
  /// The keeper's command has ended.
  LeaseActions release(KeeperId keeper);
  /// The same, where the port is known: whether the keeper has it, or is to inherit it.
  LeaseActions release(KeeperId keeper, const agent_protocol::LeasedPort& port);
  /// Who asked for the port and was denied wants it no more: the gateway is told so, unless the
  /// node has the port, or asks for it, by another keeper.
  [[nodiscard]] LeaseActions withdraw(const agent_protocol::LeasedPort& port) const;
  /// The keeper is gone, with or without a lease.
  void disconnected(KeeperId keeper, BootTime now);
  [[nodiscard]] bool knows(KeeperId keeper) const;

  /// A keeper has the port, or wants it.
  [[nodiscard]] bool has(const agent_protocol::LeasedPort& port) const {
    return entries_.contains(port);
  }

  /// What the Join that is to be sent now must say the node holds.
  [[nodiscard]] std::vector<agent_protocol::LeasedPort> present();
  /// @param sent when the Join was sent
  LeaseActions joined(const agent_protocol::Welcome& welcome, BootTime sent);
  /// The connection is gone.
  void parted();
  LeaseActions answered(const agent_protocol::LeaseAnswer& answer);
  /// A heartbeat was answered that was sent then.
  LeaseActions renewed(BootTime sent);

  /// Gives up what nobody came back for; call it a few times a second.
  LeaseActions tick(BootTime now);

  /// Ports held or asked for.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  enum class State : std::uint8_t {
    asked,      ///< wanted
    reclaimed,  ///< in use since before the gateway was asked
    held,
  };
  struct Entry {
    State state = State::asked;
    std::optional<KeeperId> keeper{};
    BootTime orphan_until{};         ///< where there is no keeper
    std::uint64_t request = 0;       ///< the last one, of asked and reclaimed
    std::optional<KeeperId> heir{};  ///< asks for it while there is no keeper
  };
  using Entries = std::map<agent_protocol::LeasedPort, Entry>;

  void request(Entries::value_type& entry, LeaseActions& actions);
  [[nodiscard]] Entries::iterator entry_of(KeeperId keeper);
  void lose(Entries::iterator entry, LeaseActions& actions);
  /// The heir asks for it, from the beginning.
  void inherit(Entries::value_type& entry, LeaseActions& actions);
  [[nodiscard]] Validity validity() const noexcept { return {valid_until_, fence_}; }

  std::string node_;
  Entries entries_;
  std::set<agent_protocol::LeasedPort> presented_;  ///< in the last Join
  bool joined_ = false;
  std::chrono::milliseconds fence_{};
  BootTime valid_until_;
  std::uint64_t last_request_ = 0;
};

}  // namespace encluster::agent
