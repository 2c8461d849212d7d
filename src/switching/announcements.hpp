// Second connections of rsh and rexec, seen from the node that started them.
//
// rcmd(3) sends, as the first bytes of its connection to rshd, the decimal number of the port on
// which it awaits a second connection (for standard error), ended by a NUL. The remote's SYN to
// that port belongs to this node, though the port is in nobody's slice. If two nodes announce one
// port to one remote, the second one's digits are replaced by a free port with as many digits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "encluster/types.hpp"
#include "switching/keyed_hash.hpp"

namespace encluster::switching {

inline constexpr PortNumber kRexecPort{std::uint16_t{512}};
inline constexpr PortNumber kRshPort{std::uint16_t{514}};

/// True for segments to services whose clients announce a second connection.
constexpr bool takes_announcements(PortNumber service) noexcept {
  return service == kRshPort || service == kRexecPort;
}

/// A client's connection to a remote's rshd or rexecd.
struct AnnouncingSession {
  Ipv4Address remote;
  PortNumber service;       ///< 512 or 514, at the remote
  PortNumber cluster_port;  ///< the client's port, as the remote sees it
  NodeId node;
};

/// Private to one worker; bounded; allocates at construction only.
class Announcements {
 public:
  /// @param capacity sessions followed at once; further ones are forwarded without being followed
  /// @param seed secret of the hash function
  Announcements(std::uint32_t capacity, std::uint64_t seed);

  /// The node sent the SYN of a session, with this initial sequence number.
  void opened(const AnnouncingSession& session, std::uint32_t initial_sequence,
              Seconds now) noexcept;

  /// True if a payload with this sequence number is the first of a session that is followed, be it
  /// for the first time or again.
  [[nodiscard]] bool is_first_payload(const AnnouncingSession& session,
                                      std::uint32_t sequence) const noexcept;

  /// What a session announced, and what the remote was told.
  struct Settled {
    PortNumber announced;
    PortNumber shown;
  };
  /// Nothing if no announcement of the session was seen yet.
  [[nodiscard]] std::optional<Settled> settled(const AnnouncingSession& session) const noexcept;

  /// True if a connection from `remote` to `port` is awaited, and not by this node at that very
  /// port: then the node cannot announce it.
  [[nodiscard]] bool is_taken(Ipv4Address remote, PortNumber port, NodeId node) const noexcept;

  /// From now on a connection from the session's remote to `shown` is the session's node's, at
  /// `announced`. @pre is_first_payload() found the session.
  void expect(const AnnouncingSession& session, Settled ports, Seconds now) noexcept;

  /// Follows a session no more: it announces nothing.
  void forget(const AnnouncingSession& session) noexcept;

  struct Expected {
    NodeId node;
    PortNumber node_port;
  };
  /// Whose a new connection from `remote` to the cluster's `port` is, if anybody awaits one.
  [[nodiscard]] std::optional<Expected> expected(Ipv4Address remote,
                                                 PortNumber port) const noexcept;
  /// The expected connection has come: the port may be announced again.
  void fulfilled(Ipv4Address remote, PortNumber port) noexcept;

  /// Looks at a few records and frees those a minute old.
  void expire(std::size_t records, Seconds now) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  enum class State : std::uint8_t { free, opened, expecting, fulfilled };
  struct Record {
    AnnouncingSession session;
    std::uint32_t initial_sequence = 0;
    Settled ports;
    State state = State::free;
    Seconds deadline = 0;
    std::uint32_t next = 0;  ///< chain of one hash head, or of free records
  };

  [[nodiscard]] std::uint32_t head_of(Ipv4Address remote) const noexcept;
  /// Positions in records_, or kNone.
  [[nodiscard]] std::uint32_t find(const AnnouncingSession& session) const noexcept;
  [[nodiscard]] std::uint32_t expecting(Ipv4Address remote, PortNumber port) const noexcept;
  [[nodiscard]] Record* take(Ipv4Address remote) noexcept;
  void release(std::uint32_t index) noexcept;

  std::vector<Record> records_;
  std::vector<std::uint32_t> heads_;  ///< first record of each chain, by hash of the remote
  std::uint32_t free_;
  std::uint32_t sweep_ = 0;
  std::size_t size_ = 0;
  KeyedHash hash_;
};

/// The number before the payload's first NUL; nothing unless these are one to five digits that make
/// a port as printf("%d") writes it.
[[nodiscard]] std::optional<PortNumber> announced_port(std::span<const std::byte> payload) noexcept;

/// Writes `port` in decimal into as many characters as `digits` has; false if it needs another
/// number of them.
[[nodiscard]] bool write_digits(PortNumber port, std::span<std::byte> digits) noexcept;

/// How many decimal digits a port number has.
[[nodiscard]] std::size_t digits_of(PortNumber port) noexcept;

}  // namespace encluster::switching
