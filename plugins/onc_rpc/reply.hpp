// Replies to ONC RPC calls (RFC 5531) that the gateway answers itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "encluster/byte_order.hpp"
#include "encluster/routing_function.hpp"

namespace encluster::onc_rpc {

/// accept_stat, as on the wire.
enum class AcceptStatus : std::uint32_t {
  success = 0,
  program_unavailable = 1,
  program_mismatch = 2,
  procedure_unavailable = 3,
  garbage_arguments = 4,
  system_error = 5,
};

/// Writes XDR into a buffer of its own, of at most kCapacity bytes: a reply that fits into a
/// datagram which every host takes (RFC 1122, section 3.3.2), whatever the MTU.
class ReplyWriter {
 public:
  static constexpr std::size_t kCapacity = 548;

  /// An accepted reply, as far as its status. Results follow.
  ReplyWriter(std::uint32_t xid, AcceptStatus status) noexcept;

  void number(std::uint32_t value) noexcept;
  /// XDR that is written already.
  void fixed(std::span<const std::byte> bytes) noexcept;

  /// False if something did not fit any more.
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::span(buffer_).first(size_);
  }

 private:
  friend ReplyWriter version_denied(std::uint32_t xid) noexcept;
  ReplyWriter() noexcept = default;

  std::array<std::byte, kCapacity> buffer_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

/// Says that only RPC version 2 is spoken.
[[nodiscard]] ReplyWriter version_denied(std::uint32_t xid) noexcept;
/// Says which versions of the program are there.
[[nodiscard]] ReplyWriter program_mismatch(std::uint32_t xid, std::uint32_t lowest,
                                           std::uint32_t highest) noexcept;

/// Makes the request's datagram the reply, to be sent back. Dropped if it must not be answered (see
/// net::turn_into_datagram). @param reason why the call was refused; none if it was not
void answer(RouteRequest& request, const ReplyWriter& reply,
            DropReason reason = DropReason::none) noexcept;

}  // namespace encluster::onc_rpc
