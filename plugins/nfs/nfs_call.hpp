// Which file handles an NFS call carries (RFC 1094, RFC 1813, and the NFSACL protocol).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "encluster/byte_order.hpp"
#include "onc_rpc/call.hpp"

namespace encluster::nfs {

inline constexpr std::uint32_t kNfsProgram = 100003;
inline constexpr std::uint32_t kAclProgram = 100227;
inline constexpr std::uint32_t kLowestVersion = 2;
inline constexpr std::uint32_t kHighestVersion = 3;
inline constexpr std::uint32_t kHandleBytes2 = 32;  ///< of version 2, always
inline constexpr std::uint32_t kHandleBytes3 = 64;  ///< of version 3, at most

/// What kind of call it is, for whoever has to route it.
enum class CallKind : std::uint8_t {
  null,     ///< procedure 0: no arguments, nothing done
  one,      ///< one file handle
  two,      ///< two: RENAME, LINK
  nothing,  ///< no handle, nothing done: procedures of version 2 that never were used
  unknown,  ///< no such procedure
};

/// What is known of a procedure.
struct Procedure {
  CallKind kind = CallKind::unknown;
  bool named = false;  ///< of `two`: a name stands between the handles
  /// Words that follow the status in a reply that tells an error: attributes that are not there.
  std::uint8_t failure_words = 0;
};

namespace detail {

using enum CallKind;

// Index: procedure. In version 3, one word is an absent post_op_attr, two are an absent wcc_data.
inline constexpr std::array<Procedure, 18> kNfs2{{
    {null},        // NULL
    {one},         // GETATTR
    {one},         // SETATTR
    {nothing},     // ROOT
    {one},         // LOOKUP
    {one},         // READLINK
    {one},         // READ
    {nothing},     // WRITECACHE
    {one},         // WRITE
    {one},         // CREATE
    {one},         // REMOVE
    {two, true},   // RENAME
    {two, false},  // LINK
    {one},         // SYMLINK
    {one},         // MKDIR
    {one},         // RMDIR
    {one},         // READDIR
    {one},         // STATFS
}};
inline constexpr std::array<Procedure, 22> kNfs3{{
    {null},           // NULL
    {one, false, 0},  // GETATTR
    {one, false, 2},  // SETATTR
    {one, false, 1},  // LOOKUP
    {one, false, 1},  // ACCESS
    {one, false, 1},  // READLINK
    {one, false, 1},  // READ
    {one, false, 2},  // WRITE
    {one, false, 2},  // CREATE
    {one, false, 2},  // MKDIR
    {one, false, 2},  // SYMLINK
    {one, false, 2},  // MKNOD
    {one, false, 2},  // REMOVE
    {one, false, 2},  // RMDIR
    {two, true, 4},   // RENAME
    {two, false, 3},  // LINK
    {one, false, 1},  // READDIR
    {one, false, 1},  // READDIRPLUS
    {one, false, 1},  // FSSTAT
    {one, false, 1},  // FSINFO
    {one, false, 1},  // PATHCONF
    {one, false, 2},  // COMMIT
}};
inline constexpr std::array<Procedure, 6> kAcl2{{
    {null},  // NULL
    {one},   // GETACL
    {one},   // SETACL
    {one},   // GETATTR
    {one},   // ACCESS
    {one},   // GETXATTRDIR
}};
inline constexpr std::array<Procedure, 4> kAcl3{{
    {null},           // NULL
    {one, false, 1},  // GETACL
    {one, false, 1},  // SETACL
    {one, false, 1},  // GETXATTRDIR
}};

}  // namespace detail

/// @pre call.program is one of ours, and the version is from kLowestVersion to kHighestVersion
[[nodiscard]] inline Procedure procedure_of(const onc_rpc::Call& call) noexcept {
  const bool is_nfs = call.program == kNfsProgram;
  std::span<const Procedure> procedures;
  if (call.version == 2) {
    procedures = is_nfs ? std::span<const Procedure>(detail::kNfs2) : detail::kAcl2;
  } else {
    procedures = is_nfs ? std::span<const Procedure>(detail::kNfs3) : detail::kAcl3;
  }
  return call.procedure < procedures.size() ? procedures[call.procedure] : Procedure{};
}

struct Handles {
  std::span<const std::byte> first;
  std::span<const std::byte> second;  ///< of CallKind::two
};

/// The first handle alone. @pre as read_handles(). @return empty if it is not whole
[[nodiscard]] inline std::span<const std::byte> first_handle(const onc_rpc::Call& call) noexcept {
  std::span<const std::byte> bytes = call.arguments;
  std::size_t size = kHandleBytes2;
  if (call.version != 2) {
    Be32 length;
    if (bytes.size() < sizeof length) return {};
    std::memcpy(&length, bytes.data(), sizeof length);
    size = length.host();
    if (size > kHandleBytes3) return {};
    bytes = bytes.subspan(sizeof length);
  }
  const std::size_t padded = (size + 3) & ~std::size_t{3};
  return padded > bytes.size() ? std::span<const std::byte>() : bytes.first(size);
}

/// @pre procedure.kind is one or two, as procedure_of() says
/// @return false if the arguments are too short for the handles, or their lengths contradict RFC
/// 1813
[[nodiscard]] bool read_handles(const onc_rpc::Call& call, const Procedure& procedure,
                                Handles& handles) noexcept;

}  // namespace encluster::nfs
