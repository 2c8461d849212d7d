// ICMP errors go where an answer to the message that they quote would go: the ends of the quote
// decide, not the outer source, which may be any router.
#pragma once

#include <array>
#include <optional>
#include <type_traits>

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// The message that its receiver would have answered instead of the error: from the quoted
/// destination to the quoted source. Only ends, protocol and what the error's way so far has told
/// (origin, network, sender) are set; there is no such frame. Nothing if there is no sound quote.
[[nodiscard]] std::optional<Packet> answer_to_quote(const Packet& error) noexcept;

/// The errors of a burst whose connection has to be looked up: first all are prefetched, then all
/// are found.
class ErrorLookups {
 public:
  /// @param answer that to the error's quote
  /// @param entry of the answer's port; null if it has none
  void add(Packet& error, const Packet& answer, const SwitchEntry* entry,
           const ConnectionTable& table) noexcept;
  /// Gives every error its way, or its verdict.
  void settle(BurstContext& context) const noexcept;

  struct Lookup {
    Packet* error;
    const SwitchEntry* entry;
    ConnectionTable::Slot slot;
  };

 private:
  std::array<Lookup, kMaxBurst> lookups_;
  static_assert(std::is_trivially_default_constructible_v<Lookup>, "costs nothing when empty");
  std::size_t count_ = 0;
};

/// An error that a remote or a router sent to the cluster: finds the node that sent the quoted
/// message, as route() would. `node` and `rewritten_port` (the node's own) are set, or the error
/// has its verdict, or it is among the look-ups. Where several nodes may have sent it, each gets a
/// copy.
void route_error(Packet& error, ErrorLookups& lookups, BurstContext& context) noexcept;

}  // namespace encluster::switching
