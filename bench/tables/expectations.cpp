#include "expectations.hpp"

#include <cstring>

#include "gateway.hpp"

namespace encluster::bench {

namespace {

constexpr Ipv4Address kFirstRemote{10, 0, 0, 0};
constexpr Ipv4Address kFirstRemoteOfNobody{128, 0, 0, 0};
constexpr Seconds kNow = 1000;
constexpr Seconds kAllIsDue = kNow + 1000;

}  // namespace

Expectations::Expectations(std::uint32_t capacity, std::pmr::memory_resource*)
    : announcements_(capacity, kSeed) {}

/// The number is kept as a node and the port that it announced.
void Expectations::set(Key& key, std::uint32_t number) noexcept {
  key.session = {.remote = Ipv4Address(kFirstRemote.value() + number),
                 .service = switching::kRshPort,
                 .cluster_port = PortNumber(std::uint16_t{1023}),
                 .node = NodeId(static_cast<std::uint16_t>(number >> 16))};
  key.shown = PortNumber(std::uint16_t{1022});
}

void Expectations::set_missing(Key& key, std::uint32_t number) noexcept {
  set(key, number);
  key.session.remote = Ipv4Address(kFirstRemoteOfNobody.value() + number);
}

HashKey Expectations::hash_key(const Key& key) noexcept {
  HashKey bytes{};
  std::memcpy(&bytes[0], &key.session.remote, 4);
  std::memcpy(&bytes[4], &key.shown, 2);
  return bytes;
}

void Expectations::look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept {
  for (std::size_t i = 0; i < burst.size(); ++i) {
    const auto expected = announcements_.expected(burst[i].session.remote, burst[i].shown);
    numbers[i] = expected.has_value()
                     ? std::uint32_t{expected->node.value()} << 16 | expected->node_port.value()
                     : kNothing;
  }
}

void Expectations::insert(std::span<const Key> burst, std::uint32_t first_number) noexcept {
  for (const Key& key : burst) {
    const PortNumber announced(static_cast<std::uint16_t>(first_number++ & 0xffff));
    announcements_.opened(key.session, 1, kNow);
    announcements_.expect(key.session, {.announced = announced, .shown = key.shown}, kNow);
  }
}

std::size_t Expectations::expire() noexcept {
  const std::size_t before = announcements_.size();
  announcements_.expire(kExpiredARound, kAllIsDue);
  return before - announcements_.size();
}

}  // namespace encluster::bench
