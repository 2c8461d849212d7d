// Calls of ONC RPC for tests of routing functions, and what becomes of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "encluster/routing_function.hpp"

namespace encluster::test {

using Bytes = std::vector<std::byte>;

/// Writes XDR (RFC 4506), one item after the other.
class Xdr {
 public:
  Xdr& number(std::uint32_t value);
  /// A length, the bytes, padding.
  Xdr& variable(std::span<const std::byte> bytes);
  Xdr& variable(std::string_view text) { return variable(std::as_bytes(std::span(text))); }
  /// The bytes and padding.
  Xdr& fixed(std::span<const std::byte> bytes);

  [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }

 private:
  Bytes bytes_;
};

inline constexpr std::uint32_t kXid = 0x1badcafe;

/// A call's header (RFC 5531) without credentials; the arguments follow.
[[nodiscard]] Xdr rpc_call(std::uint32_t program, std::uint32_t version, std::uint32_t procedure);
/// An accepted reply with this accept_stat; what follows is the program's.
[[nodiscard]] Xdr rpc_reply(std::uint32_t status);

struct Asker {
  Ipv4Address remote{198, 51, 100, 7};
  bool from_node = false;
  bool fragment = false;  ///< what is sent is the first part of a longer datagram
};

/// What a routing function made of a call.
struct Routed {
  Verdict verdict = Verdict::pending;
  DropReason reason = DropReason::none;
  NodeId node;
  PortNumber port;  ///< of the node
  std::vector<NodePort> copies;
  Bytes reply;  ///< of `answer`, and of `copy` if it divides: the payload of what goes back

  friend bool operator==(const Routed&, const Routed&) = default;
};

/// As much of a payload as the first fragment has, if `Asker::fragment`.
[[nodiscard]] std::span<const std::byte> first_part(std::span<const std::byte> payload) noexcept;

/// Has the function route a datagram with this payload, sent from port 800 to `port`.
/// @throws std::logic_error if what nodes get of a message that divides is not the call with a
/// transaction of zero, or if it changed the packet without answering, sent a node's to the
/// gateway, or answered what is no reply to the call: addresses, ports, checksums, transaction, and
/// a length that every network carries
[[nodiscard]] Routed route_call(const RoutingFunction& function, std::uint16_t port,
                                std::span<const std::byte> payload, const Asker& asker = {});

}  // namespace encluster::test
