#include "connections.hpp"

#include <cstring>

#include "gateway.hpp"
#include "switching/connection_life.hpp"

namespace encluster::bench {

namespace {

using switching::ConnectionTable;

constexpr Seconds kDeadline = 1000;
constexpr PortNumber kPortOfNobody{std::uint16_t{514}};
/// Over: nobody has to be asked before it is forgotten.
constexpr std::uint8_t kFlags = switching::connection_flag::answered |
                                switching::connection_flag::fin_remote |
                                switching::connection_flag::fin_node;

/// A number is kept as a node and its port.
std::uint32_t number_of(const switching::Connection& connection) noexcept {
  return std::uint32_t{connection.node} << 16 | connection.other_port;
}

}  // namespace

Connections::Connections(std::uint32_t capacity, std::pmr::memory_resource* memory)
    : capacity_(capacity), table_({.connections = capacity, .embryonic = 1}, kSeed, memory) {}

void Connections::set(Key& key, std::uint32_t number) noexcept {
  key = {.remote = remote(number),
         .remote_port = PortNumber(static_cast<std::uint16_t>(1024 + number / kRemotes)),
         .cluster_port = kLoginPort};
}

void Connections::set_missing(Key& key, std::uint32_t number) noexcept {
  set(key, number);
  key.cluster_port = kPortOfNobody;
}

HashKey Connections::hash_key(const Key& key) noexcept {
  HashKey bytes{};
  std::memcpy(&bytes[0], &key.remote, 4);
  std::memcpy(&bytes[4], &key.remote_port, 2);
  std::memcpy(&bytes[6], &key.cluster_port, 2);
  bytes[8] = std::byte(key.protocol);
  return bytes;
}

void Connections::look_up(std::span<const Key> keys, std::span<std::uint32_t> numbers) noexcept {
  for (; !keys.empty(); keys = keys.subspan(std::min(keys.size(), kBurst))) {
    const auto burst = keys.first(std::min(keys.size(), kBurst));
    std::array<ConnectionTable::Slot, kBurst> slots;
    for (std::size_t i = 0; i < burst.size(); ++i) {
      slots[i] = table_.slot_of(burst[i]);
      table_.prefetch(slots[i]);
    }
    for (std::size_t i = 0; i < burst.size(); ++i) {
      const switching::Connection* connection = table_.find(burst[i], slots[i]);
      numbers[i] = connection == nullptr ? kNothing : number_of(*connection);
    }
    numbers = numbers.subspan(burst.size());
  }
}

void Connections::insert(std::span<const Key> burst, std::uint32_t first_number) noexcept {
  for (const Key& key : burst) table_.prefetch(table_.slot_of(key));
  for (const Key& key : burst) {
    const std::uint32_t number = first_number++;
    table_.insert(key, NodeId(static_cast<std::uint16_t>(number >> 16)),
                  PortNumber(static_cast<std::uint16_t>(number & 0xffff)), 0, kFlags, kDeadline);
  }
}

void Connections::erase(const Key& key) noexcept {
  if (switching::Connection* connection = table_.find(key)) table_.erase(*connection);
}

std::size_t Connections::upkeep(Seconds now) noexcept {
  std::size_t expired = 0;
  table_.sweep(kBucketsPerRound, now, [&](switching::Connection& connection) {
    const Key key = table_.key_of(connection);
    const bool over = switching::expire(table_, connection, key.protocol, key.alias, now) ==
                      switching::Expiry::erase;
    if (over) ++expired;
    return over;
  });
  return expired;
}

std::size_t Connections::expire() noexcept { return upkeep(kDeadline + 1); }

double Connections::expired_a_round() const noexcept {
  return double{kBucketsPerRound} * capacity_ / table_.bucket_count();
}

void Connections::sweep() noexcept { upkeep(kDeadline); }

}  // namespace encluster::bench
