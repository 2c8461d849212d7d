#include "switch_entries.hpp"

#include <cstring>
#include <utility>
#include <vector>

namespace encluster::bench {

namespace {

constexpr NetworkIndex kNetworkOfNobody = 0x80;

}  // namespace

SwitchEntries::SwitchEntries(std::uint32_t capacity, std::pmr::memory_resource*)
    : switch_(entries(capacity)) {}

std::vector<switching::SwitchEntry> SwitchEntries::entries(std::uint32_t count) {
  std::vector<switching::SwitchEntry> entries(count);
  for (std::uint32_t number = 0; number < count; ++number) {
    Key key;
    set(key, number);
    entries[number].network = key.network;
    entries[number].protocol = key.protocol;
    entries[number].port = key.port;
  }
  return entries;
}

void SwitchEntries::set(Key& key, std::uint32_t number) noexcept {
  key = {.network = static_cast<NetworkIndex>(number >> 17),
         .protocol = (number >> 16 & 1) == 0 ? Protocol::tcp : Protocol::udp,
         .port = PortNumber(static_cast<std::uint16_t>(number & 0xffff))};
}

void SwitchEntries::set_missing(Key& key, std::uint32_t number) noexcept {
  set(key, number);
  key.network |= kNetworkOfNobody;
}

HashKey SwitchEntries::hash_key(const Key& key) noexcept {
  HashKey bytes{};
  std::memcpy(&bytes[0], &key.port, 2);
  bytes[2] = std::byte(key.protocol);
  bytes[3] = std::byte{key.network};
  return bytes;
}

void SwitchEntries::look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept {
  for (std::size_t i = 0; i < burst.size(); ++i) {
    const Key& key = burst[i];
    const switching::SwitchEntry* entry = switch_.find(key.network, key.protocol, key.port);
    numbers[i] =
        entry == nullptr ? kNothing : static_cast<std::uint32_t>(entry - switch_.entries().data());
  }
}

}  // namespace encluster::bench
