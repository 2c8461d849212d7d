// What the REST interface asks of the running gateway.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "control/alarms.hpp"
#include "rest/cursor.hpp"
#include "rest/event_ring.hpp"
#include "rest/views.hpp"

namespace encluster::rest {

/// what() says what is wrong with a request, for its caller.
class BadRequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a caller wants of one part of a node's share.
template <typename T>
struct Wish {
  enum class Kind : std::uint8_t { leave, clear, set };
  Kind kind = Kind::leave;  ///< clear: as the configuration says
  T value{};

  [[nodiscard]] static Wish to_set(T value) { return {Kind::set, value}; }
  [[nodiscard]] static Wish to_clear() { return {Kind::clear, {}}; }

  /// What is changed after this, if `before` was.
  [[nodiscard]] std::optional<T> over(const std::optional<T>& before) const {
    if (kind == Kind::leave) return before;
    return kind == Kind::set ? std::optional<T>(value) : std::nullopt;
  }
  friend bool operator==(const Wish&, const Wish&) = default;
};

struct NodeWish {
  Wish<std::uint16_t> weight;
  Wish<bool> draining;

  friend bool operator==(const NodeWish&, const NodeWish&) = default;
};

/// Which connections are asked for; those that everything holds of which is said.
struct ConnectionFilter {
  std::optional<std::string> node;    ///< its name
  std::optional<Ipv4Prefix> remote;   ///< its network; a single address has length 32
  std::optional<PortNumber> port;     ///< the cluster's, or an echo's identifier
  std::optional<Protocol> protocol;   ///< TCP, UDP or ICMP
  std::optional<std::string> state;   ///< one of its words
  std::optional<std::uint32_t> idle;  ///< seconds of silence at least
};

struct ConnectionQuery {
  std::size_t limit = 100;  ///< at least 1
  Cursor from;
  ConnectionFilter filter{};
};

struct ConnectionList {
  enum class Outcome : std::uint8_t { done, busy, wrong_cursor };
  Outcome outcome = Outcome::done;
  std::vector<ConnectionView> connections;  ///< at most `limit`; maybe none, before the end
  std::optional<Cursor> next;               ///< nothing: that was the end
};

/// A packet that nobody has sent, as its headers would say.
struct DescribedPacket {
  Protocol protocol = Protocol::tcp;
  Ipv4Address source;
  PortNumber source_port;                  ///< of an echo its identifier
  std::optional<Ipv4Address> destination;  ///< nothing: the cluster's on the network
  PortNumber port;                         ///< of the destination
  std::uint8_t tcp_flags = 0;              ///< of tcp_flag
};

struct RouteQuestion {
  std::string from;  ///< a network's name, or `interconnect`; empty: as its addresses say
  /// In words, or its bytes: of a frame, or from the IP header on.
  std::variant<DescribedPacket, std::vector<std::byte>> packet;
};

/// Control thread only.
class Gateway {
 public:
  using Routed = std::function<void(const std::optional<RouteView>&)>;
  using Listed = std::function<void(ConnectionList)>;

  virtual ~Gateway() = default;
  /// Its nodes have not told yet which connections they have.
  [[nodiscard]] virtual bool is_recovering() const = 0;
  [[nodiscard]] virtual StatusView status() const = 0;
  /// The gateway itself first.
  [[nodiscard]] virtual std::vector<NodeView> nodes() const = 0;
  [[nodiscard]] virtual PortsView ports() const = 0;
  [[nodiscard]] virtual std::vector<ServiceView> services() const = 0;
  /// As workers have it. By port, protocol and network.
  [[nodiscard]] virtual SwitchView message_switch() const = 0;
  /// Every reason, also those that did not occur.
  [[nodiscard]] virtual std::vector<DropView> drops() const = 0;
  [[nodiscard]] virtual ExportsView exports() const = 0;
  /// Those that stand, by kind and subject.
  [[nodiscard]] virtual std::vector<control::Alarm> alarms() const = 0;
  /// Of which streams tell. Lasts as long as the gateway.
  [[nodiscard]] virtual EventRing& events() = 0;
  /// `listed` is called at once or later; never, if the gateway ends before.
  virtual void list_connections(const ConnectionQuery& query, Listed listed) = 0;
  /// Where the packet would go as things are now. `routed` is called at once or later, with nothing
  /// if workers have too much to do; never, if the gateway ends before.
  /// @throws BadRequest if there is no such side
  virtual void route(const RouteQuestion& question, Routed routed) = 0;
  /// The change is in force, and safe on the disk, when it returns.
  /// @return what the node is now; nothing if there is none of this name
  /// @throws std::runtime_error, and nothing has changed
  virtual std::optional<NodeView> change_node(const std::string& name, const NodeWish& wish) = 0;
  /// Takes the configuration's file over, whole.
  /// @throws std::runtime_error saying all that is wrong, and nothing has changed
  virtual void reload() = 0;
};

}  // namespace encluster::rest
