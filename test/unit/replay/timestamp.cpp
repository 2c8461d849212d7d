#include "replay/timestamp.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace encluster::replay {
namespace {

constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();

std::uint64_t decimal(std::uint64_t ticks, std::uint8_t digits) {
  return to_nanoseconds(ticks, {.resolution = digits});
}
std::uint64_t binary(std::uint64_t ticks, std::uint8_t bits) {
  return to_nanoseconds(ticks, {.resolution = static_cast<std::uint8_t>(0x80 | bits)});
}

TEST_CASE("decimal ticks become nanoseconds") {
  CHECK(decimal(3, 0) == 3'000'000'000);
  CHECK(decimal(1'700'000'000'123'456, 6) == 1'700'000'000'123'456'000);
  CHECK(decimal(1'700'000'000'123'456'789, 9) == 1'700'000'000'123'456'789);
  CHECK(decimal(1'999'999'999'999, 12) == 1'999'999'999);
  CHECK(decimal(kMaximum, 19) == 1'844'674'407);
  CHECK(decimal(kMaximum, 20) == 0);
  CHECK(decimal(kMaximum, 127) == 0);
}

TEST_CASE("binary ticks become nanoseconds") {
  CHECK(binary(3, 0) == 3'000'000'000);
  CHECK(binary(3, 1) == 1'500'000'000);
  CHECK(binary((std::uint64_t{5} << 32) + (std::uint64_t{1} << 31), 32) == 5'500'000'000);
  CHECK(binary((std::uint64_t{5} << 40) + (std::uint64_t{1} << 39), 40) == 5'500'000'000);
  CHECK(binary(std::uint64_t{1} << 63, 64) == 500'000'000);
  CHECK(binary(kMaximum, 95) == 0);
  CHECK(binary(kMaximum, 127) == 0);
}

TEST_CASE("what does not fit becomes the nearest that does") {
  CHECK(decimal(kMaximum, 0) == kMaximum);
  CHECK(decimal(kMaximum, 6) == kMaximum);
  CHECK(to_nanoseconds(1, {.resolution = 0, .offset = std::numeric_limits<std::int64_t>::max()}) ==
        kMaximum);
  CHECK(to_nanoseconds(1, {.resolution = 0, .offset = std::numeric_limits<std::int64_t>::min()}) ==
        0);
}

TEST_CASE("an offset moves whole seconds") {
  CHECK(to_nanoseconds(1'500'000, {.resolution = 6, .offset = 2}) == 3'500'000'000);
  CHECK(to_nanoseconds(3'500'000, {.resolution = 6, .offset = -2}) == 1'500'000'000);
}

}  // namespace
}  // namespace encluster::replay
