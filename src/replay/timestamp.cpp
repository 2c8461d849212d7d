#include "replay/timestamp.hpp"

#include <limits>

namespace encluster::replay {

namespace {

constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();

struct Time {
  std::uint64_t seconds = 0;
  std::uint64_t nanoseconds = 0;
};

std::uint64_t power_of_ten(unsigned exponent) noexcept {
  std::uint64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

Time from_decimal(std::uint64_t ticks, unsigned digits) noexcept {
  constexpr unsigned kMostDigits = 19;  // 10^20 does not fit
  if (digits > kMostDigits) return {};
  const std::uint64_t per_second = power_of_ten(digits);
  const std::uint64_t rest = ticks % per_second;
  return {ticks / per_second,
          digits <= 9 ? rest * power_of_ten(9 - digits) : rest / power_of_ten(digits - 9)};
}

Time from_binary(std::uint64_t ticks, unsigned bits) noexcept {
  if (bits >= 96) return {};
  const std::uint64_t seconds = bits < 64 ? ticks >> bits : 0;
  std::uint64_t fraction = bits < 64 ? ticks & ((std::uint64_t{1} << bits) - 1) : ticks;
  if (bits > 32) {  // so that the product fits
    fraction >>= bits - 32;
    bits = 32;
  }
  return {seconds, fraction * kNanosecondsPerSecond >> bits};
}

std::uint64_t moved(std::uint64_t seconds, std::int64_t offset) noexcept {
  if (offset < 0) {
    const std::uint64_t back = ~static_cast<std::uint64_t>(offset) + 1;
    return seconds > back ? seconds - back : 0;
  }
  const auto ahead = static_cast<std::uint64_t>(offset);
  return seconds > kMaximum - ahead ? kMaximum : seconds + ahead;
}

}  // namespace

std::uint64_t to_nanoseconds(std::uint64_t ticks, const TimestampUnit& unit) noexcept {
  const unsigned exponent = unit.resolution & 0x7f;
  const Time time =
      (unit.resolution & 0x80) != 0 ? from_binary(ticks, exponent) : from_decimal(ticks, exponent);
  const std::uint64_t seconds = moved(time.seconds, unit.offset);
  if (seconds >= kMaximum / kNanosecondsPerSecond) return kMaximum;
  return seconds * kNanosecondsPerSecond + time.nanoseconds;
}

}  // namespace encluster::replay
