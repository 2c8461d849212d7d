// Which seen ports are leased, for the agent that comes after this one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/boot_clock.hpp"
#include "agent_protocol/messages.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// Leases of ports that programs have bound, and until when they are valid.
struct SeenLeases {
  std::vector<agent_protocol::LeasedPort> ports;  ///< at most kMaxLeases
  BootTime until{};

  friend bool operator==(const SeenLeases&, const SeenLeases&) = default;
};

/// As a file: `seen 1 BOOT-ID UNTIL` and lines such as `udp 700`.
[[nodiscard]] std::string encode(const SeenLeases& leases, const std::string& boot_id);
/// Nothing where it is no such text, or one of another boot. Any bytes may be given.
[[nodiscard]] std::optional<SeenLeases> decode_seen_leases(std::string_view text,
                                                           const std::string& boot_id);

/// A keeper tells the next agent what it holds; a program that knows nothing of leases cannot. So
/// there is a file, in the folder of the agent's socket. One thread.
class SeenMemory {
 public:
  /// What the file may lag behind: a fraction of any usual fence.
  static constexpr std::chrono::milliseconds kLag{2000};

  /// @param file written by the user that this process runs as. The log must outlive this.
  SeenMemory(std::filesystem::path file, std::string boot_id, control::Logger& log);

  /// What the agent before has left; nothing where that is over, or cannot be read.
  [[nodiscard]] std::optional<SeenLeases> load(BootTime now) const;

  /// Writes it if others are leased than the file says, or it says so for kLag less. What fails is
  /// logged once, until it works.
  void keep(const SeenLeases& leases);

 private:
  std::filesystem::path file_;
  std::string boot_id_;
  control::Logger& log_;
  std::optional<SeenLeases> written_;
  bool failed_ = false;
};

}  // namespace encluster::agent
