// The pcapng file format (draft-ietf-opsawg-pcapng), as far as it is read and written here.
#pragma once

#include <cstdint>

namespace encluster::replay::pcapng {

inline constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;  ///< the same in both byte orders
inline constexpr std::uint32_t kInterfaceDescription = 1;
inline constexpr std::uint32_t kObsoletePacket = 2;
inline constexpr std::uint32_t kSimplePacket = 3;
inline constexpr std::uint32_t kEnhancedPacket = 6;

inline constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
inline constexpr std::uint16_t kMajorVersion = 1;

inline constexpr std::uint32_t kBlockOverhead = 12;  ///< type, and the length at both ends

inline constexpr std::uint16_t kEndOfOptions = 0;
inline constexpr std::uint16_t kComment = 1;
inline constexpr std::uint16_t kInterfaceName = 2;    ///< of an Interface Description Block
inline constexpr std::uint16_t kUserApplication = 4;  ///< of a Section Header Block
inline constexpr std::uint16_t kTimestampResolution = 9;
inline constexpr std::uint16_t kTimestampOffset = 14;

/// Everything in a block begins at a multiple of four bytes.
constexpr std::uint32_t padded(std::uint32_t bytes) noexcept { return (bytes + 3) & ~3u; }

}  // namespace encluster::replay::pcapng
