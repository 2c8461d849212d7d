// The header of an ONC RPC call (RFC 5531), wherever its bytes came from: a datagram or a record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "encluster/byte_order.hpp"

namespace encluster::onc_rpc {

inline constexpr std::uint32_t kRpcVersion = 2;
inline constexpr std::uint32_t kMaxAuthentication = 400;  ///< bytes (RFC 5531, section 8.2)

struct Call {
  std::uint32_t xid = 0;
  std::uint32_t rpc_version = 0;  ///< where it is not kRpcVersion, nothing after it is read
  std::uint32_t program = 0;
  std::uint32_t version = 0;
  std::uint32_t procedure = 0;
  std::span<const std::byte> arguments;  ///< all that follows the header
};

namespace detail {

/// What every call begins with, as on the wire, at any alignment.
struct CallHeader {
  Be32 xid;
  Be32 type;  ///< msg_type
  Be32 rpc_version;
  Be32 program;
  Be32 version;
  Be32 procedure;
};
static_assert(sizeof(CallHeader) == 24);

/// Passes over an authentication of any flavour. @return false if it is too long, or not whole
[[nodiscard]] inline bool pass_over_authentication(std::span<const std::byte>& bytes) noexcept {
  constexpr std::size_t kFixed = 2 * sizeof(Be32);  // flavour, length
  if (bytes.size() < kFixed) return false;
  Be32 length;
  std::memcpy(&length, bytes.data() + sizeof(Be32), sizeof length);
  const std::size_t whole = kFixed + ((std::size_t{length.host()} + 3) & ~std::size_t{3});
  if (length.host() > kMaxAuthentication || whole > bytes.size()) return false;
  bytes = bytes.subspan(whole);
  return true;
}

}  // namespace detail

/// Reads the header. Credentials and verifier of any flavour are passed over by their lengths. For
/// each datagram, and so by hand instead of by XdrReader, which takes three times as long.
/// @param bytes of the call, or its beginning as far as it is known
/// @return false if the bytes end inside the header, are no call, or an authentication is longer
/// than kMaxAuthentication
[[nodiscard]] inline bool read_call(std::span<const std::byte> bytes, Call& call) noexcept {
  constexpr std::uint32_t kCall = 0;  // of msg_type, in any order of bytes
  if (bytes.size() < sizeof(detail::CallHeader)) return false;
  const auto& header = *reinterpret_cast<const detail::CallHeader*>(bytes.data());
  call.xid = header.xid.host();
  call.rpc_version = header.rpc_version.host();
  if (header.type.raw() != kCall) return false;
  if (call.rpc_version != kRpcVersion) return true;
  call.program = header.program.host();
  call.version = header.version.host();
  call.procedure = header.procedure.host();
  bytes = bytes.subspan(sizeof header);
  if (!detail::pass_over_authentication(bytes)) return false;  // credentials
  if (!detail::pass_over_authentication(bytes)) return false;  // verifier
  call.arguments = bytes;
  return true;
}

}  // namespace encluster::onc_rpc
