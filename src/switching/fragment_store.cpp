#include "switching/fragment_store.hpp"

#include <bit>
#include <cassert>

#include "net/headers.hpp"

namespace encluster::switching {

namespace {

constexpr std::size_t kSenders = 4096;  ///< a power of two

struct Piece {
  std::uint16_t offset;
  std::uint16_t bytes;
  bool last;
};

Piece piece_of(const Packet& fragment) noexcept {
  const std::uint16_t flags_and_offset =
      fragment.header_at<net::Ipv4Header>(fragment.l3).flags_and_offset.host();
  return {static_cast<std::uint16_t>((flags_and_offset & net::kFragmentOffsetMask) * 8),
          static_cast<std::uint16_t>(fragment.end - fragment.l4),
          (flags_and_offset & net::kMoreFragments) == 0};
}

}  // namespace

FragmentKey fragment_key(const Packet& fragment) noexcept {
  return {fragment.source, fragment.destination,
          fragment.header_at<net::Ipv4Header>(fragment.l3).identification.host(),
          fragment.protocol};
}

FragmentStore::FragmentStore(const FragmentLimits& limits, std::uint64_t seed,
                             std::pmr::memory_resource* memory)
    : limits_(limits),
      hash_(seed),
      datagrams_(limits.datagrams, memory),
      buckets_(std::bit_ceil(limits.datagrams * std::size_t{2}), memory),
      places_(limits.waiting, memory),
      senders_(kSenders, memory) {
  for (std::size_t id = limits.datagrams; id != 0; --id) {
    datagrams_[id - 1].next_in_bucket = free_datagram_;
    free_datagram_ = static_cast<Id>(id);
  }
  for (std::size_t place = 1; place <= limits.waiting; ++place) {
    append(free_places_, static_cast<Place>(place));
  }
}

std::uint64_t FragmentStore::hash_of(const FragmentKey& key) const noexcept {
  return hash_(std::uint64_t{key.source.value()} << 32 | key.destination.value(),
               std::uint64_t{key.identification} << 8 | static_cast<std::uint8_t>(key.protocol));
}

FragmentStore::Id& FragmentStore::bucket_of(const FragmentKey& key) noexcept {
  return buckets_[hash_of(key) & (buckets_.size() - 1)];
}

std::uint16_t FragmentStore::sender_of(Ipv4Address source) const noexcept {
  return static_cast<std::uint16_t>(hash_(source.value(), 0) & (kSenders - 1));
}

FragmentStore::Id FragmentStore::find(const FragmentKey& key) const noexcept {
  Id id = buckets_[hash_of(key) & (buckets_.size() - 1)];
  while (id != 0 && at(id).key != key) id = at(id).next_in_bucket;
  return id;
}

FragmentStore::Noted FragmentStore::note(const Packet& fragment, Seconds now) noexcept {
  const FragmentKey key = fragment_key(fragment);
  Id id = find(key);
  if (id == 0) id = create(key, now);
  if (id == 0) return {0, DropReason::fragment_limit};
  Datagram& datagram = at(id);
  if (datagram.way.verdict == Verdict::drop) return {0, datagram.way.reason};
  const Piece piece = piece_of(fragment);
  switch (datagram.ranges.add(piece.offset, piece.bytes, piece.last)) {
    case FragmentRanges::Added::fresh:
      return {id, DropReason::none};
    case FragmentRanges::Added::duplicate:
      return {0, DropReason::fragment_duplicate};
    case FragmentRanges::Added::overlap:
      datagram.way.reason = DropReason::fragment_overlap;
      break;
    case FragmentRanges::Added::full:
      datagram.way.reason = DropReason::fragment_limit;
      break;
  }
  datagram.way.verdict = Verdict::drop;
  refuse_waiting(datagram, datagram.way.reason);
  return {0, datagram.way.reason};
}

/// A new datagram, in the oldest one's place where there is no other; 0 if the sender has too many.
FragmentStore::Id FragmentStore::create(const FragmentKey& key, Seconds now) noexcept {
  const std::uint16_t sender = sender_of(key.source);
  if (senders_[sender].datagrams == limits_.sender_datagrams) return 0;
  if (free_datagram_ == 0) forget(oldest_, DropReason::fragment_limit);
  const Id id = free_datagram_;
  Datagram& datagram = at(id);
  free_datagram_ = datagram.next_in_bucket;
  datagram.key = key;
  datagram.since = now;
  ++datagram.serial;
  datagram.sender = sender;
  datagram.waiting = {};
  datagram.way = {};
  datagram.ranges = {};
  Id& bucket = bucket_of(key);
  datagram.next_in_bucket = bucket;
  bucket = id;
  append_to_ages(id);
  ++senders_[sender].datagrams;
  ++datagrams_in_use_;
  return id;
}

void FragmentStore::append_to_ages(Id id) noexcept {
  at(id).older = newest_;
  at(id).newer = 0;
  (newest_ == 0 ? oldest_ : at(newest_).newer) = id;
  newest_ = id;
}

void FragmentStore::remove_from_ages(Id id) noexcept {
  const Datagram& datagram = at(id);
  (datagram.older == 0 ? oldest_ : at(datagram.older).newer) = datagram.newer;
  (datagram.newer == 0 ? newest_ : at(datagram.newer).older) = datagram.older;
}

void FragmentStore::forget(Id id, DropReason why) noexcept {
  Datagram& datagram = at(id);
  refuse_waiting(datagram, why);
  Id* link = &bucket_of(datagram.key);
  while (*link != id) link = &at(*link).next_in_bucket;
  *link = datagram.next_in_bucket;
  remove_from_ages(id);
  --senders_[datagram.sender].datagrams;
  --datagrams_in_use_;
  datagram.way = {};
  datagram.next_in_bucket = free_datagram_;
  free_datagram_ = id;
}

/// Sends what waits on its way out, as dropped.
void FragmentStore::refuse_waiting(Datagram& datagram, DropReason why) noexcept {
  while (const Place place = take(datagram.waiting)) {
    places_[place - 1u].packet.drop(why);
    append(leaving_, place);
    --senders_[datagram.sender].waiting;
  }
}

bool FragmentStore::hold(Id id, Packet& fragment) noexcept {
  Datagram& datagram = at(id);
  Sender& sender = senders_[datagram.sender];
  if (sender.waiting == limits_.sender_waiting) return false;
  const Place place = take(free_places_);
  if (place == 0) return false;
  fragment.verdict = Verdict::hold;
  places_[place - 1u].packet = fragment;
  append(datagram.waiting, place);
  ++sender.waiting;
  ++held_;
  return true;
}

std::optional<Packet> FragmentStore::take_waiting(Id id) noexcept {
  Datagram& datagram = at(id);
  const Place place = take(datagram.waiting);
  if (place == 0) return std::nullopt;
  append(free_places_, place);
  --senders_[datagram.sender].waiting;
  --held_;
  Packet packet = places_[place - 1u].packet;
  packet.verdict = Verdict::pending;
  return packet;
}

void FragmentStore::finish(Id id) noexcept {
  const Datagram& datagram = at(id);
  const bool decided = datagram.way.verdict != Verdict::pending;
  if (decided && datagram.ranges.complete()) forget(id, datagram.way.reason);
}

void FragmentStore::leave(const Packet& packet) noexcept {
  const Place place = take(free_places_);
  assert(place != 0);  // the one it was taken out of
  places_[place - 1u].packet = packet;
  append(leaving_, place);
  ++held_;
}

void FragmentStore::release(Seconds now, Emitter& emitter) noexcept {
  while (oldest_ != 0 && now - at(oldest_).since > kLife) {
    forget(oldest_, DropReason::fragment_timeout);
  }
  while (leaving_.first != 0 && emitter.room() > 0) {
    const Place place = take(leaving_);
    emitter.add(places_[place - 1u].packet);
    append(free_places_, place);
    --held_;
  }
}

void FragmentStore::append(PacketQueue& queue, Place place) noexcept {
  places_[place - 1u].next = 0;
  (queue.first == 0 ? queue.first : places_[queue.last - 1u].next) = place;
  queue.last = place;
}

/// The first of the queue, taken out of it; 0 if there is none.
FragmentStore::Place FragmentStore::take(PacketQueue& queue) noexcept {
  const Place place = queue.first;
  if (place != 0) queue.first = places_[place - 1u].next;
  return place;
}

}  // namespace encluster::switching
