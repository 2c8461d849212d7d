// Timestamps of pcapng interfaces: any resolution, to nanoseconds.
#pragma once

#include <cstdint>

namespace encluster::replay {

inline constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

/// How an interface counts time (options if_tsresol and if_tsoffset).
struct TimestampUnit {
  std::uint8_t resolution = 6;  ///< 10^-n seconds, or with the highest bit set 2^-n
  std::int64_t offset = 0;      ///< seconds to be added
};

/// Nanoseconds since 1970. What lies before or beyond 64 bits of them becomes the nearest that does
/// not; what is finer is cut off.
[[nodiscard]] std::uint64_t to_nanoseconds(std::uint64_t ticks, const TimestampUnit& unit) noexcept;

}  // namespace encluster::replay
