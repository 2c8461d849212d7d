// Which file system a file handle is of: what servers write where into their handles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "encluster/file_system_key.hpp"

namespace encluster::nfs {

/// Bytes of a handle that name the file system, of servers that the gateway does not know.
struct HandleRange {
  std::uint8_t first = 0;
  std::uint8_t count = 0;  ///< 1 to FileSystemKey::kMaxBytes

  friend bool operator==(const HandleRange&, const HandleRange&) = default;
};

namespace detail {

using Kind = FileSystemKeyKind;

inline constexpr std::size_t kKnfsdHeader = 4;

/// A key for each size: what is copied has a constant length.
inline FileSystemKey knfsd_key(std::uint8_t type, const std::byte* fsid) noexcept {
  switch (FileSystemKey::kFsidBytes[type]) {
    case 4:
      return FileSystemKey::of<4>(Kind::knfsd, type, fsid);
    case 8:
      return FileSystemKey::of<8>(Kind::knfsd, type, fsid);
    case 12:
      return FileSystemKey::of<12>(Kind::knfsd, type, fsid);
    case 16:
      return FileSystemKey::of<16>(Kind::knfsd, type, fsid);
    default:
      return FileSystemKey::of<24>(Kind::knfsd, type, fsid);
  }
}

}  // namespace detail

/// The key of a handle, of either version: what is appended to it does not count.
///
/// Linux's server (fs/nfsd/nfsfh.h): 1, 0, the fsid's type, the file identifier's type, the fsid.
/// Ganesha (file_handle_v3_t): 0x43, flags, and the Export_Id, most significant byte first.
/// @return none where the handle is too short, or of none of these
[[nodiscard]] inline FileSystemKey key_of(std::span<const std::byte> handle) noexcept {
  constexpr std::byte kKnfsdVersion{1};
  constexpr std::byte kGaneshaVersion{0x43};
  if (handle.size() < detail::kKnfsdHeader) return {};
  if (handle[0] == kGaneshaVersion) {
    return FileSystemKey::of<2>(FileSystemKeyKind::ganesha, 0, handle.data() + 2);
  }
  const auto type = std::to_integer<std::uint8_t>(handle[2]);
  if (handle[0] != kKnfsdVersion || handle[1] != std::byte{} ||
      type >= FileSystemKey::kFsidBytes.size() ||
      handle.size() < detail::kKnfsdHeader + FileSystemKey::kFsidBytes[type]) {
    return {};
  }
  return detail::knfsd_key(type, handle.data() + detail::kKnfsdHeader);
}

/// The same of any handle that is long enough, by its place.
[[nodiscard]] inline FileSystemKey key_of(std::span<const std::byte> handle,
                                          HandleRange range) noexcept {
  if (handle.size() < std::size_t{range.first} + range.count) return {};
  return {FileSystemKeyKind::bytes, 0, handle.subspan(range.first, range.count)};
}

}  // namespace encluster::nfs
