// What the REST interface asks of the running gateway.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rest/cursor.hpp"
#include "rest/views.hpp"

namespace encluster::rest {

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

/// Control thread only.
class Gateway {
 public:
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
  /// `listed` is called at once or later; never, if the gateway ends before.
  virtual void list_connections(const ConnectionQuery& query, Listed listed) = 0;
  /// The change is in force, and safe on the disk, when it returns.
  /// @return what the node is now; nothing if there is none of this name
  /// @throws std::runtime_error, and nothing has changed
  virtual std::optional<NodeView> change_node(const std::string& name, const NodeWish& wish) = 0;
  /// Takes the configuration's file over, whole.
  /// @throws std::runtime_error saying all that is wrong, and nothing has changed
  virtual void reload() = 0;
};

}  // namespace encluster::rest
