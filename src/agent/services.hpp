// Which services this node offers by itself, and which of them the gateway gives it: the agent's
// state, without sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/boot_clock.hpp"
#include "agent/listening_ports.hpp"
#include "agent/rpc_programs.hpp"
#include "agent_protocol/messages.hpp"
#include "control/configuration_format.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// An entry of `services`: messages for these ports are to come to this node.
struct OfferedPorts {
  std::string name;
  control::ServicePorts ports{};
  bool listens = true;  ///< for as long as a program listens there; else as long as the node lives

  friend bool operator==(const OfferedPorts&, const OfferedPorts&) = default;
};

/// The same of an RPC program, wherever rpcbind says that it is.
struct OfferedProgram {
  std::string name;
  std::uint32_t number = 0;
  std::optional<Protocol> protocol{};  ///< nothing: TCP and UDP

  friend bool operator==(const OfferedProgram&, const OfferedProgram&) = default;
};

/// What the agent's configuration says.
struct Offers {
  std::vector<OfferedPorts> ports;         ///< none overlap
  std::vector<OfferedProgram> programs{};  ///< nor do they

  [[nodiscard]] bool empty() const noexcept { return ports.empty() && programs.empty(); }
  friend bool operator==(const Offers&, const Offers&) = default;
};

/// The services of one node. Messages to the gateway come out only between joined() and parted(),
/// and only if the gateway knows services. One thread.
class Services {
 public:
  using LeasedPort = agent_protocol::LeasedPort;
  using Messages = std::vector<agent_protocol::FromAgent>;

  /// What was refused is asked for again: the other node may have given it up, or the gateway's
  /// configuration may have changed.
  static constexpr std::chrono::seconds kAskAgain{10};
  /// A program that is started again listens again within a second: a service that is missed in a
  /// single look stays.
  static constexpr int kMisses = 2;

  using IsPort = std::function<bool(const LeasedPort&)>;

  /// @param leased whether a command of this node has the port: then no service is offered there
  /// @param own whether the node gets the port's messages anyway: no RPC program is offered there
  Services(Offers offered, IsPort leased, IsPort own, control::Logger& log);

  /// Nothing is ever offered: nobody has to look.
  [[nodiscard]] bool empty() const noexcept { return offered_.empty(); }
  /// The port is offered now: no command may lease it.
  [[nodiscard]] bool has(const LeasedPort& port) const { return entries_.contains(port); }

  /// What listens now, and which RPC programs. Call it before each Join, and a few times a second.
  Messages look(const ListeningPorts& listening, const std::vector<RpcProgram>& programs,
                BootTime now);

  /// What the Join that is to be sent now must say.
  [[nodiscard]] std::vector<agent_protocol::OfferedService> present(BootTime now);
  /// @param sent when the Join was sent
  Messages joined(const agent_protocol::Welcome& welcome, BootTime sent);
  /// The connection is gone.
  void parted();
  void answered(const agent_protocol::ServiceAnswer& answer, BootTime now);
  /// A heartbeat was answered that was sent then.
  void renewed(BootTime sent) { valid_until_ = sent + fence_; }

 private:
  enum class State : std::uint8_t { wanted, asked, held };
  /// What is at a port.
  struct Offer {
    std::string name;
    std::set<agent_protocol::RpcVersion> programs{};

    friend bool operator==(const Offer&, const Offer&) = default;
  };
  using Wanted = std::map<LeasedPort, Offer>;
  struct Entry {
    Offer offer;
    State state = State::wanted;
    int misses = 0;             ///< looks in a row
    std::uint64_t request = 0;  ///< the last one that is not answered; 0: there is none
    bool changed = false;       ///< held, but with other programs than the gateway was told
    BootTime ask_at{};          ///< of wanted: not before
    agent_protocol::ServiceResult told = agent_protocol::ServiceResult::granted;  ///< in the log
  };
  using Entries = std::map<LeasedPort, Entry>;

  /// What is offered now: not more than a node may.
  [[nodiscard]] Wanted wanted(const ListeningPorts& listening,
                              const std::vector<RpcProgram>& programs);
  void add_program(const RpcProgram& program, Wanted& wanted) const;
  /// Those with the highest numbers give way; what is registered already may be among them.
  void bound(Wanted& wanted);
  void withdraw_missing(const Wanted& wanted, Messages& messages);
  /// Of a service that is known: what the gateway has to hear again.
  static void renew(Entry& entry, const Offer& offer);
  void ask(BootTime now, Messages& messages);
  void granted(Entries::value_type& entry, bool untold);
  void log_service(const char* event, const Entries::value_type& entry) const;

  Offers offered_;
  IsPort leased_;
  IsPort own_;
  control::Logger& log_;
  Entries entries_;
  std::set<LeasedPort> presented_;  ///< in the last Join
  bool joined_ = false;
  bool known_ = false;       ///< the gateway knows services
  bool overflowed_ = false;  ///< told that there are too many
  bool programs_overflowed_ = false;  ///< the same of programs
  std::chrono::milliseconds fence_{};
  BootTime valid_until_{};  ///< what is held is the node's until then, whatever the gateway does
  std::uint64_t last_request_ = 0;
};

}  // namespace encluster::agent
