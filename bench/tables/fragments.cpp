#include "fragments.hpp"

#include <cstring>

#include "net/headers.hpp"

namespace encluster::bench {

namespace {

using switching::FragmentStore;

constexpr Ipv4Address kReceiverOfNothing{192, 0, 2, 2};
constexpr std::uint16_t kBytes = 16;

switching::FragmentLimits room_for(std::uint32_t datagrams) {
  const auto most = static_cast<std::uint16_t>(datagrams);
  return {.datagrams = most, .sender_datagrams = most};
}

}  // namespace

Fragments::Fragments(std::uint32_t capacity, std::pmr::memory_resource* memory)
    : store_(room_for(capacity), kSeed, memory) {}

void Fragments::set(Key& key, std::uint32_t number) noexcept {
  key.frame = {};
  Packet& packet = key.packet;
  packet = {};
  packet.frame = key.frame.data();
  packet.fragment = true;
  packet.l3 = sizeof(net::EthernetHeader);
  packet.l4 = packet.l3 + sizeof(net::Ipv4Header);
  packet.end = packet.l4 + kBytes;
  packet.source = remote(number);
  packet.destination = kCluster;
  packet.protocol = Protocol::udp;
  auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
  ip.identification = Be16(static_cast<std::uint16_t>(number / kRemotes));
  ip.flags_and_offset = Be16(net::kMoreFragments);
}

void Fragments::set_missing(Key& key, std::uint32_t number) noexcept {
  set(key, number);
  key.packet.destination = kReceiverOfNothing;
}

HashKey Fragments::hash_key(const Key& fragment) noexcept {
  const switching::FragmentKey key = switching::fragment_key(fragment.packet);
  HashKey bytes{};
  std::memcpy(&bytes[0], &key.source, 4);
  std::memcpy(&bytes[4], &key.destination, 4);
  std::memcpy(&bytes[8], &key.identification, 2);
  bytes[10] = std::byte(key.protocol);
  return bytes;
}

void Fragments::look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept {
  for (std::size_t i = 0; i < burst.size(); ++i) {
    const FragmentStore::Id id = store_.find(switching::fragment_key(burst[i].packet));
    numbers[i] = id == 0 ? kNothing : store_.way(id).next_hop.value();
  }
}

void Fragments::insert(std::span<const Key> burst, std::uint32_t first_number) noexcept {
  for (const Key& key : burst) {
    // A clock by which each burst comes a second after the one before.
    const auto now = static_cast<Seconds>(first_number / kBurst);
    const FragmentStore::Noted noted = store_.note(key.packet, now);
    switching::FragmentWay way;
    way.verdict = Verdict::forward;
    way.next_hop = Ipv4Address(first_number++);
    if (noted.datagram != 0) store_.decide(noted.datagram, way);
  }
  next_number_ = first_number;
}

std::size_t Fragments::expire() noexcept {
  const std::size_t before = store_.datagrams();
  const auto oldest = static_cast<Seconds>((next_number_ - before) / kBurst);
  store_.release(oldest + FragmentStore::kLife + 1, emitter_);
  return before - store_.datagrams();
}

}  // namespace encluster::bench
