// The store of datagrams in fragments, small enough to be full at once: no packet is lost, and none
// comes out twice.
//
// Input: acts, each a byte and its operands.
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "fuzz/finding.hpp"
#include "fuzz/input.hpp"
#include "net/parse.hpp"
#include "support/packet_builder.hpp"
#include "switching/fragment_store.hpp"

using namespace encluster;
using namespace encluster::fuzz;
using switching::FragmentStore;

namespace {

constexpr switching::FragmentLimits kLimits{
    .datagrams = 4, .sender_datagrams = 3, .waiting = 5, .sender_waiting = 3};

struct NoBuffers : switching::PacketPool {
  bool allocate(Packet&, std::uint16_t) noexcept override { return false; }
};

class Store {
 public:
  void step(Input& input) {
    switch (input.byte() % 4) {
      case 0:
        return fragment(input);
      case 1:
        return decide(input);
      case 2:
        now_ += input.byte() % 4;
        return release();
      default:
        return store_.finish(some_id(input));
    }
  }

  void empty() {
    now_ += 2 * FragmentStore::kLife;
    for (int i = 0; i < 8; ++i) release();
    require(store_.held() == 0 && store_.datagrams() == 0, "a datagram that never ends");
    require(kept_.empty(), "a fragment was lost");
  }

 private:
  static FragmentStore::Id some_id(Input& input) {
    return static_cast<FragmentStore::Id>(1 + input.byte() % kLimits.datagrams);
  }

  void fragment(Input& input) {
    const std::size_t offset = input.byte() % 16 * 8u;
    const std::size_t bytes = 1 + input.byte() % 32u;
    const bool more = input.byte() % 2 != 0;
    static const std::string kText(400, 'x');
    auto frame = std::make_unique<test::Frame>(
        test::udp()
            .from(Ipv4Address(198, 51, 100, input.byte() % 2), 53)
            .to(Ipv4Address(192, 0, 2, 1), 24576)
            .payload(std::string_view(kText))
            .identification(input.byte() % 4)
            .fragment(offset, more, more ? (bytes + 7) / 8 * 8 : bytes)
            .build(0));
    Packet packet = test::as_packet(*frame);
    packet.handle = frame.get();
    const net::FrameKind kind = net::parse(packet);
    if (kind != net::FrameKind::first_fragment && kind != net::FrameKind::later_fragment) return;
    const FragmentStore::Noted noted = store_.note(packet, now_);
    require((noted.datagram == 0) == (noted.refused != DropReason::none), "refused for no reason");
    if (noted.datagram == 0) return;
    require(store_.is_of(noted.datagram, switching::fragment_key(packet)), "another datagram");
    const bool waits = store_.way(noted.datagram).verdict == Verdict::pending &&
                       kind == net::FrameKind::later_fragment &&
                       store_.hold(noted.datagram, packet);
    if (waits) kept_.emplace(packet.handle, std::move(frame));
    require(store_.held() <= kLimits.waiting, "more fragments than may wait");
    require(store_.datagrams() <= kLimits.datagrams, "more datagrams than there is room for");
  }

  /// As the pipeline: those that wait are taken out and leave. Only for a datagram that exists.
  void decide(Input& input) {
    switching::FragmentKey key{Ipv4Address(198, 51, 100, input.byte() % 2),
                               Ipv4Address(192, 0, 2, 1), input.byte(), Protocol::udp};
    key.identification %= 4;
    const FragmentStore::Id id = store_.find(key);
    if (id == 0 || store_.way(id).verdict != Verdict::pending) return;
    store_.decide(id, {.verdict = Verdict::forward});
    while (std::optional<Packet> packet = store_.take_waiting(id)) {
      require(kept_.contains(packet->handle), "a fragment that was never kept");
      require(packet->verdict == Verdict::pending, "a fragment that waits has a verdict");
      packet->verdict = Verdict::forward;
      store_.leave(*packet);
    }
    store_.finish(id);
  }

  void release() {
    emitter_.clear();
    store_.release(now_, emitter_);
    for (const Packet& packet : emitter_.packets()) {
      require(packet.verdict == Verdict::forward || packet.reason != DropReason::none,
              "dropped for no reason");
      require(kept_.erase(packet.handle) == 1, "a fragment came out that was not kept, or twice");
    }
  }

  NoBuffers pool_;
  switching::Emitter emitter_{pool_};
  FragmentStore store_{kLimits, 1};
  std::map<void*, std::unique_ptr<test::Frame>> kept_;
  Seconds now_ = 1000;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Store store;
  while (!input.empty()) store.step(input);
  store.empty();
  return 0;
}
