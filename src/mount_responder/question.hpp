// What a datagram to the responder asks, and what it is answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace encluster::mount_responder {

using Bytes = std::vector<std::byte>;

/// The longest answer: what a UDP datagram of IPv4 holds.
inline constexpr std::size_t kMaxReply = 65507;

enum class Asked : std::uint8_t {
  nothing,  ///< it is no call: anybody may have sent it, and gets no answer
  settled,  ///< what needs no list
  exports,  ///< EXPORT
  mounts,   ///< DUMP
};

struct Question {
  Asked asked = Asked::nothing;
  std::uint32_t xid = 0;
  Bytes reply;  ///< of `settled`
};

/// Reads a call of MOUNT, versions 1 to 3: NULL, EXPORT and DUMP are served. Another procedure,
/// version or program, and another version of RPC, is settled by the answer that says so. Pure.
[[nodiscard]] Question read_question(std::span<const std::byte> datagram);

/// Whether an answer with this list fits into a datagram.
[[nodiscard]] bool fits(std::span<const std::byte> list) noexcept;

/// The answer with a list, as XDR. One that does not fit is not cut: the answer is SYSTEM_ERR
/// (RFC 5531, section 9), so that nobody takes a part for the whole.
[[nodiscard]] Bytes reply_with(std::uint32_t xid, std::span<const std::byte> list);

}  // namespace encluster::mount_responder
