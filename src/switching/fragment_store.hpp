// Datagrams in fragments: which way they go, and those fragments that came too early.
//
// Only the first fragment has ports, so it alone goes through the whole pipeline; the others follow
// it. Nothing is reassembled: a datagram leaves in the fragments it came in. Fragments that come
// before the first wait here. One datagram's way is kept until all of it has passed, or for some
// seconds: an identification may be used again (RFC 4963).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <vector>

#include "encluster/packet.hpp"
#include "switching/emitter.hpp"
#include "switching/fragment_ranges.hpp"
#include "switching/keyed_hash.hpp"

namespace encluster::switching {

/// What tells the datagrams of all senders apart (RFC 791), as they were received.
struct FragmentKey {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint16_t identification = 0;
  Protocol protocol = Protocol::udp;

  friend bool operator==(const FragmentKey&, const FragmentKey&) = default;
};
/// @pre parsed as a fragment, and not yet rewritten.
[[nodiscard]] FragmentKey fragment_key(const Packet& fragment) noexcept;

/// What the first fragment's way through the pipeline came to, as its headers leave.
struct FragmentWay {
  Verdict verdict = Verdict::pending;  ///< pending (not yet known), forward, local or drop
  DropReason reason = DropReason::none;
  Egress egress = 0;
  NetworkIndex network = 0;
  NodeId node;
  std::uint16_t identification = 0;
  Ipv4Address source;
  Ipv4Address destination;
  Ipv4Address next_hop;
};

struct FragmentLimits {
  std::uint16_t datagrams = 4096;        ///< followed at a time
  std::uint16_t sender_datagrams = 512;  ///< of these by one sender
  std::uint16_t waiting = 1024;          ///< fragments that wait for their first
  std::uint16_t sender_waiting = 256;    ///< of these by one sender
};

/// Private to one worker; not thread-safe; all memory is allocated at construction. Senders are
/// told apart by a keyed hash: those few that share a value share the bounds too.
class FragmentStore {
 public:
  /// Names a datagram that is followed; 0 names none.
  using Id = std::uint16_t;
  static constexpr Seconds kLife = 5;  ///< whole seconds, counted from a datagram's first fragment

  FragmentStore(const FragmentLimits& limits, std::uint64_t seed,
                std::pmr::memory_resource* memory = std::pmr::get_default_resource());
  FragmentStore(const FragmentStore&) = delete;
  FragmentStore& operator=(const FragmentStore&) = delete;

  struct Noted {
    Id datagram = 0;  ///< 0 if refused
    DropReason refused = DropReason::none;
  };
  /// Notes that a fragment has come. Where there is no room, the oldest datagram gives way.
  /// @pre as fragment_key.
  [[nodiscard]] Noted note(const Packet& fragment, Seconds now) noexcept;
  /// The datagram with this key, or 0.
  [[nodiscard]] Id find(const FragmentKey& key) const noexcept;
  /// True if `datagram` is still the one with this key, not another in its place.
  [[nodiscard]] bool is_of(Id datagram, const FragmentKey& key) const noexcept {
    return find(key) == datagram;
  }

  /// Differs from those of all datagrams that had the same name before.
  [[nodiscard]] std::uint32_t serial(Id datagram) const noexcept { return at(datagram).serial; }

  [[nodiscard]] const FragmentWay& way(Id datagram) const noexcept { return at(datagram).way; }
  /// The first fragment's way is known. Those that wait are to be taken out and follow it.
  void decide(Id datagram, const FragmentWay& way) noexcept { at(datagram).way = way; }

  /// Keeps a fragment (its verdict becomes `hold`) until the way is known. False, and no change, if
  /// a bound is reached.
  [[nodiscard]] bool hold(Id datagram, Packet& fragment) noexcept;
  /// Takes out one of the fragments that wait, pending.
  [[nodiscard]] std::optional<Packet> take_waiting(Id datagram) noexcept;
  /// Forgets the datagram if its way is known and all its fragments have come. Nothing happens if
  /// it has been forgotten already.
  void finish(Id datagram) noexcept;

  /// Keeps a packet that has its final verdict until release(). @pre taken out by take_waiting().
  void leave(const Packet& packet) noexcept;
  /// Forgets datagrams that are too old, and emits what is to leave, as far as there is room.
  void release(Seconds now, Emitter& emitter) noexcept;

  /// Packets whose buffers are kept here.
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  [[nodiscard]] std::size_t datagrams() const noexcept { return datagrams_in_use_; }

 private:
  using Place = std::uint16_t;  ///< of a held packet, from 1; 0: none

  struct PacketQueue {
    Place first = 0;
    Place last = 0;
  };
  struct Datagram {
    FragmentKey key;
    Seconds since = 0;
    std::uint32_t serial = 0;
    std::uint16_t sender = 0;  ///< position in `senders_`
    Id next_in_bucket = 0;     ///< of a free one: the next free one
    Id older = 0;
    Id newer = 0;
    PacketQueue waiting;
    FragmentWay way;
    FragmentRanges ranges;
  };
  struct Held {
    Packet packet;
    Place next = 0;
  };
  struct Sender {
    std::uint16_t datagrams = 0;
    std::uint16_t waiting = 0;
  };

  [[nodiscard]] Datagram& at(Id id) noexcept { return datagrams_[id - 1u]; }
  [[nodiscard]] const Datagram& at(Id id) const noexcept { return datagrams_[id - 1u]; }
  [[nodiscard]] std::uint64_t hash_of(const FragmentKey& key) const noexcept;
  [[nodiscard]] Id& bucket_of(const FragmentKey& key) noexcept;
  [[nodiscard]] std::uint16_t sender_of(Ipv4Address source) const noexcept;
  [[nodiscard]] Id create(const FragmentKey& key, Seconds now) noexcept;
  void append_to_ages(Id id) noexcept;
  void remove_from_ages(Id id) noexcept;
  void forget(Id id, DropReason why) noexcept;
  void refuse_waiting(Datagram& datagram, DropReason why) noexcept;
  void append(PacketQueue& queue, Place place) noexcept;
  [[nodiscard]] Place take(PacketQueue& queue) noexcept;

  FragmentLimits limits_;
  KeyedHash hash_;
  std::pmr::vector<Datagram> datagrams_;
  std::pmr::vector<Id> buckets_;
  std::pmr::vector<Held> places_;
  std::pmr::vector<Sender> senders_;
  Id free_datagram_ = 0;
  Id oldest_ = 0;
  Id newest_ = 0;
  PacketQueue free_places_;
  PacketQueue leaving_;
  std::size_t held_ = 0;
  std::size_t datagrams_in_use_ = 0;
};

}  // namespace encluster::switching
