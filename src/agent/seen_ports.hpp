// Leases for ports that programs have bound without asking: the agent asks in their place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/leases.hpp"
#include "agent/socket_user.hpp"
#include "control/log.hpp"
#include "control/token_bucket.hpp"

namespace encluster::agent {

/// Ports that are bound, each with the inode of one of its sockets (0: not known).
using BoundPorts = std::map<agent_protocol::LeasedPort, std::uint32_t>;

/// Which keeper stands for a port that was seen, and the other way round. @pre is_seen(keeper)
[[nodiscard]] constexpr KeeperId seen_keeper(const agent_protocol::LeasedPort& port) noexcept {
  return kFirstSeen | KeeperId{static_cast<std::uint8_t>(port.protocol)} << 16 | port.port.value();
}
[[nodiscard]] constexpr agent_protocol::LeasedPort seen_port(KeeperId keeper) noexcept {
  return {static_cast<Protocol>(keeper >> 16 & 0xff),
          PortNumber(static_cast<std::uint16_t>(keeper & 0xffff))};
}

/// Wants a lease for each port that is bound, for as long as it is. To Leases, each is a keeper
/// that has no command: nothing here ends a program. A port that another node has is asked for
/// again and again, and logged once: `port_conflict`, then `port_conflict_over`.
///
/// What the actions tell seen keepers goes to received(). One thread.
class SeenPorts {
 public:
  /// Until a port that another node has is asked for again.
  static constexpr std::chrono::milliseconds kRetry{1000};
  /// The same for what a keeper of this node has: who has it tells when it has it no more.
  static constexpr std::chrono::milliseconds kCovered{10'000};
  /// The same for what the gateway's configuration keeps, or what is one too many.
  static constexpr std::chrono::milliseconds kHopeless{60'000};
  /// Requests a second, and at once: with what is released, far below what a gateway takes of a
  /// connection, and what a session queues. More conflicts than that are asked for in turn.
  static constexpr double kRate = 256;
  static constexpr double kBurst = 2048;
  /// Searches for the program behind a conflict, each through /proc: a second, and at once.
  static constexpr double kSearches = 0.2;
  static constexpr double kSearchBurst = 4;

  using FindUser = std::function<std::optional<SocketUser>(std::uint32_t inode)>;

  /// @param node this node's name. Leases and log must outlive it.
  SeenPorts(std::string node, Leases& leases, FindUser find_user, control::Logger& log);

  /// Leases that an agent before this one had for seen ports: where they are still bound, they go
  /// on. @pre before the first update()
  void restore(std::vector<agent_protocol::LeasedPort> ports, BootTime until);

  /// What is bound now. Others are released.
  [[nodiscard]] LeaseActions update(const BoundPorts& bound, BootTime now);
  /// @pre is_seen(keeper)
  void received(KeeperId keeper, const ToKeeper& message, BootTime now);
  /// Leases whose fence has passed are none any more: the ports are asked for as if they were new.
  /// Also before a Join, which must not claim them.
  [[nodiscard]] LeaseActions expire(BootTime now);
  /// Asks for what is due; call it a few times a second.
  [[nodiscard]] LeaseActions tick(BootTime now);
  /// What was hopeless may be to be had: the gateway, or its configuration, is another one.
  void reconsider(BootTime now);

  /// Ports that are leased, rising; and until when they are.
  [[nodiscard]] std::vector<agent_protocol::LeasedPort> held() const;
  [[nodiscard]] BootTime valid_until() const noexcept { return valid_until_; }
  /// Ports that another node has.
  [[nodiscard]] std::size_t conflicts() const noexcept { return conflicts_; }

 private:
  enum class State : std::uint8_t {
    waiting,  ///< is asked for at ask_at
    asked,
    held,
  };
  struct Port {
    State state = State::waiting;
    std::uint32_t inode = 0;
    BootTime ask_at{};
    bool denied = false;  ///< the last time: then it comes after those that are new
    bool hopeless = false;
    bool told = false;     ///< that it is hopeless
    std::string holder{};  ///< while in conflict, the other node
  };
  using Ports = std::map<agent_protocol::LeasedPort, Port>;

  [[nodiscard]] Port begin(const agent_protocol::LeasedPort& port, std::uint32_t inode,
                           BootTime now, LeaseActions& actions);
  void end(const Ports::value_type& port, LeaseActions& actions);
  void ask_due(BootTime now, LeaseActions& actions);
  void grant(Ports::value_type& port, const Validity& validity);
  void deny(Ports::value_type& port, const Denied& denied, BootTime now);
  void tell_conflict(Ports::value_type& port, const Denied& denied, BootTime now);
  void tell_hopeless(Ports::value_type& port, const Denied& denied);
  /// @param why such as "leased"
  void end_conflict(const agent_protocol::LeasedPort& port, std::string& holder, const char* why);
  [[nodiscard]] std::optional<SocketUser> user_of(std::uint32_t inode, BootTime now);

  std::string node_;
  Leases& leases_;
  FindUser find_user_;
  control::Logger& log_;
  Ports ports_;
  std::vector<agent_protocol::LeasedPort> restored_;  ///< rising; until the first update()
  BootTime valid_until_{};
  std::size_t conflicts_ = 0;  ///< ports with a holder
  bool over_told_ = false;     ///< that there are more than can be leased
  std::optional<control::TokenBucket> requests_;
  std::optional<control::TokenBucket> searches_;
};

}  // namespace encluster::agent
