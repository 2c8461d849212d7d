// The store of fragments against a slow, plain one, with random senders, orders and times.
#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "net/parse.hpp"
#include "support/fragments.hpp"
#include "support/heap_pool.hpp"
#include "support/random.hpp"
#include "switching/fragment_store.hpp"

using namespace encluster;
using namespace encluster::switching;
using namespace encluster::test;

namespace {

constexpr FragmentLimits kLimits{12, 5, 10, 6};

/// A packet that was given up, by its frame, and why.
struct Given {
  const std::byte* frame;
  DropReason reason;
  friend bool operator==(const Given&, const Given&) = default;
};

/// What FragmentStore promises, with nothing but lists and a map. Senders are told apart.
class Reference {
 public:
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint16_t, Protocol>;
  struct Datagram {
    std::uint64_t number = 0;
    Seconds since = 0;
    FragmentWay way;
    FragmentRanges ranges;
    std::deque<const std::byte*> waiting;
  };

  static Key key_of(const Packet& fragment) {
    const FragmentKey key = fragment_key(fragment);
    return {key.source.value(), key.destination.value(), key.identification, key.protocol};
  }

  [[nodiscard]] DropReason note(const Packet& fragment, const Part& part, Seconds now) {
    const Key key = key_of(fragment);
    if (!datagrams_.contains(key)) {
      if (count(key, [](const auto&) { return std::size_t{1}; }) == kLimits.sender_datagrams) {
        return DropReason::fragment_limit;
      }
      if (datagrams_.size() == kLimits.datagrams) forget(oldest(), DropReason::fragment_limit);
      datagrams_[key].since = now;
      datagrams_[key].number = ++number_;
    }
    Datagram& datagram = datagrams_[key];
    if (datagram.way.verdict == Verdict::drop) return datagram.way.reason;
    const auto added = datagram.ranges.add(static_cast<std::uint16_t>(part.offset),
                                           static_cast<std::uint16_t>(part.bytes), !part.more);
    if (added == FragmentRanges::Added::fresh) return DropReason::none;
    if (added == FragmentRanges::Added::duplicate) return DropReason::fragment_duplicate;
    const bool overlap = added == FragmentRanges::Added::overlap;
    datagram.way.verdict = Verdict::drop;
    datagram.way.reason = overlap ? DropReason::fragment_overlap : DropReason::fragment_limit;
    refuse(datagram, datagram.way.reason);
    return datagram.way.reason;
  }

  [[nodiscard]] bool hold(const Packet& fragment) {
    const Key key = key_of(fragment);
    const auto waiting = [](const Datagram& datagram) { return datagram.waiting.size(); };
    if (count(key, waiting) == kLimits.sender_waiting || held() == kLimits.waiting) return false;
    datagrams_[key].waiting.push_back(fragment.frame);
    return true;
  }
  void finish(const Key& key) {
    const auto found = datagrams_.find(key);
    if (found == datagrams_.end()) return;
    const Datagram& datagram = found->second;
    if (datagram.way.verdict != Verdict::pending && datagram.ranges.complete()) {
      forget(found, DropReason::none);
    }
  }
  void leave(const Given& packet) { leaving_.push_back(packet); }

  std::vector<Given> release(Seconds now, std::size_t room) {
    while (!datagrams_.empty() && now - oldest()->second.since > FragmentStore::kLife) {
      forget(oldest(), DropReason::fragment_timeout);
    }
    std::vector<Given> given;
    for (; room > 0 && !leaving_.empty(); --room) {
      given.push_back(leaving_.front());
      leaving_.pop_front();
    }
    return given;
  }

  [[nodiscard]] std::map<Key, Datagram>& datagrams() { return datagrams_; }
  [[nodiscard]] std::size_t held() const {
    std::size_t held = leaving_.size();
    for (const auto& [key, datagram] : datagrams_) held += datagram.waiting.size();
    return held;
  }

 private:
  using Place = std::map<Key, Datagram>::iterator;

  template <typename Size>
  [[nodiscard]] std::size_t count(const Key& of_sender, Size&& size) const {
    std::size_t sum = 0;
    for (const auto& [key, datagram] : datagrams_) {
      if (std::get<0>(key) == std::get<0>(of_sender)) sum += size(datagram);
    }
    return sum;
  }
  [[nodiscard]] Place oldest() {
    return std::ranges::min_element(datagrams_, {},
                                    [](const auto& entry) { return entry.second.number; });
  }
  void refuse(Datagram& datagram, DropReason why) {
    for (const std::byte* frame : datagram.waiting) leaving_.push_back({frame, why});
    datagram.waiting.clear();
  }
  void forget(Place place, DropReason why) {
    refuse(place->second, why);
    datagrams_.erase(place);
  }

  std::map<Key, Datagram> datagrams_;
  std::deque<Given> leaving_;
  std::uint64_t number_ = 0;
};

/// Does the same to both, and counts what they do not do alike.
class Twins {
 public:
  explicit Twins(std::uint32_t seed) : random_(seed), store_(kLimits, seed) {}

  void step() {
    if (random_.once_in(12)) now_ += random_.upto(3);
    if (random_.once_in(6)) release(random_.upto(4));
    receive();
    compare();
  }
  /// At last everything comes out.
  void finish() {
    now_ += FragmentStore::kLife + 1;
    release(Emitter::kCapacity);
    if (store_.held() != 0 || store_.datagrams() != 0) ++differences_;
    for (const auto& [frame, times] : out_) {
      if (times != 1) ++differences_;
    }
  }
  [[nodiscard]] std::size_t differences() const { return differences_; }
  [[nodiscard]] std::size_t forgotten_whole() const { return whole_; }
  [[nodiscard]] std::size_t times(DropReason reason) const {
    const auto found = reasons_.find(reason);
    return found == reasons_.end() ? 0 : found->second;
  }

 private:
  void receive() {
    const auto [part, whole] = choose();
    frames_.push_back(std::make_unique<Frame>(test::part(whole, part).build(0)));
    Packet packet = as_packet(*frames_.back());
    if (net::parse(packet) == net::FrameKind::bad) throw std::logic_error("no fragment");
    out_[packet.frame] = 0;
    const Reference::Key key = Reference::key_of(packet);
    const DropReason expected = reference_.note(packet, part, now_);
    const FragmentStore::Noted noted = store_.note(packet, now_);
    if (noted.refused != expected || (noted.datagram == 0) != (expected != DropReason::none)) {
      ++differences_;
    }
    if (noted.datagram == 0) return pass(packet, noted.refused);
    if (part.offset == 0 && !random_.once_in(8)) decide(noted.datagram, key);
    const Verdict verdict = store_.way(noted.datagram).verdict;
    if (part.offset != 0 && verdict == Verdict::pending) {
      hold(noted.datagram, packet);
    } else {
      pass(packet, DropReason::none);
    }
    const std::size_t before = store_.datagrams();
    reference_.finish(key);
    store_.finish(noted.datagram);
    if (store_.datagrams() != before) ++whole_;
  }

  std::pair<Part, PacketBuilder> choose() {
    PacketBuilder whole = udp()
                              .from(Ipv4Address(0xc6336400 + random_.upto(2)), 700)
                              .to(Ipv4Address(192, 0, 2, 1), 2049)
                              .identification(static_cast<std::uint16_t>(random_.upto(5)))
                              .payload(pattern(32));
    const std::vector<Part> parts = parts_of(40, 16);
    Part part = parts[random_.upto(2)];
    if (random_.once_in(40)) part = {8, 16, true};
    return {part, whole};
  }

  void decide(FragmentStore::Id id, const Reference::Key& key) {
    FragmentWay way;
    way.verdict = random_.once_in(4) ? Verdict::drop : Verdict::forward;
    if (way.verdict == Verdict::drop) way.reason = DropReason::no_route;
    store_.decide(id, way);
    auto& expected = reference_.datagrams()[key];
    expected.way = way;
    while (std::optional<Packet> packet = store_.take_waiting(id)) {
      if (expected.waiting.empty() || expected.waiting.front() != packet->frame) {
        ++differences_;
        return;
      }
      expected.waiting.pop_front();
      if (random_.once_in(2)) {
        pass(*packet, way.reason);
        continue;
      }
      packet->reason = way.reason;
      reference_.leave({packet->frame, way.reason});
      store_.leave(*packet);
    }
    if (!expected.waiting.empty()) ++differences_;
  }

  void hold(FragmentStore::Id id, Packet& packet) {
    const bool expected = reference_.hold(packet);
    if (store_.hold(id, packet) != expected) ++differences_;
    if (!expected) pass(packet, DropReason::fragment_limit);
  }

  void release(std::size_t room) {
    emitter_.clear();
    while (emitter_.room() > room) emitter_.add(Packet{});
    const std::size_t others = emitter_.packets().size();
    store_.release(now_, emitter_);
    std::vector<Given> given;
    for (const Packet& packet : emitter_.packets().subspan(others)) {
      given.push_back({packet.frame, packet.reason});
      pass(packet, packet.reason);
    }
    if (given != reference_.release(now_, room)) ++differences_;
  }

  void pass(const Packet& packet, DropReason reason) {
    ++out_[packet.frame];
    ++reasons_[reason];
  }

  void compare() {
    if (store_.held() != reference_.held()) ++differences_;
    if (store_.datagrams() != reference_.datagrams().size()) ++differences_;
    for (const auto& [key, datagram] : reference_.datagrams()) {
      const FragmentStore::Id id =
          store_.find({Ipv4Address(std::get<0>(key)), Ipv4Address(std::get<1>(key)),
                       std::get<2>(key), std::get<3>(key)});
      if (id == 0 || store_.way(id).verdict != datagram.way.verdict) ++differences_;
    }
  }

  Random random_;
  FragmentStore store_;
  Reference reference_;
  HeapPool pool_{0};
  Emitter emitter_{pool_};
  std::vector<std::unique_ptr<Frame>> frames_;
  std::map<const std::byte*, std::size_t> out_;  ///< how often each frame has come out
  std::map<DropReason, std::size_t> reasons_;
  std::size_t differences_ = 0;
  std::size_t whole_ = 0;
  Seconds now_ = 100;
};

}  // namespace

TEST_CASE("the store of fragments does what a plain one does, and every packet comes out once") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    Twins twins(seed);
    for (int step = 0; step < 3000; ++step) twins.step();
    twins.finish();
    CHECK(twins.differences() == 0);
    CHECK(twins.forgotten_whole() > 10);
    CHECK(twins.times(DropReason::fragment_limit) > 10);
    CHECK(twins.times(DropReason::fragment_timeout) > 10);
    CHECK(twins.times(DropReason::fragment_overlap) > 10);
    CHECK(twins.times(DropReason::fragment_duplicate) > 10);
  }
}
