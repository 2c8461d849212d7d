#include "switching/gather.hpp"

#include <optional>

#include "net/headers.hpp"
#include "net/ip_options.hpp"
#include "net/rewrite.hpp"
#include "switching/deliver.hpp"

namespace encluster::switching {

namespace {

/// A reply that was made of the first fragment is not what the others belong to.
FragmentWay refusal_of(const Packet& first) noexcept {
  FragmentWay way;
  way.verdict = Verdict::drop;
  // An answer need not refuse anything, a drop has a reason.
  way.reason = first.reason == DropReason::none ? DropReason::routing_function : first.reason;
  return way;
}

/// What became of the first fragment. Nothing if it is parked: it will be routed again.
std::optional<FragmentWay> way_of(const Packet& first) noexcept {
  FragmentWay way{
      .verdict = Verdict::forward,
      .reason = DropReason::none,
      .egress = first.egress,
      .network = first.network,
      .node = first.node,
      .identification = first.header_at<net::Ipv4Header>(first.l3).identification.host(),
      .source = first.source,
      .destination = first.destination,
      .next_hop = first.next_hop};
  switch (first.verdict) {
    case Verdict::forward:
      return way;
    case Verdict::local:
      // What the gateway's kernel gets back is a reply.
      if (first.origin == Origin::local_network) return refusal_of(first);
      way.verdict = Verdict::local;
      return way;
    case Verdict::hold:
      // What waits for its next hop has one; what waits for a routing function does not.
      if (first.next_hop == Ipv4Address()) return std::nullopt;
      return way;
    default:
      return refusal_of(first);
  }
}

/// Sends another fragment the way that the first one went.
void follow(Packet& fragment, const FragmentWay& way, BurstContext& context) noexcept {
  fragment.rule = Rule::fragment;
  if (way.verdict == Verdict::drop) return fragment.drop(way.reason);
  net::rewrite_fragment(fragment, way.source, way.destination, way.identification);
  const bool leaves = way.verdict == Verdict::forward && way.egress != kInterconnect;
  if (leaves) net::conceal_addresses_in_options(fragment);
  fragment.node = way.node;
  fragment.network = way.network;
  fragment.egress = way.egress;
  fragment.next_hop = way.next_hop;
  if (way.verdict == Verdict::local || fragment.origin == Origin::local_network) {
    fragment.verdict = way.verdict;  // the kernel has filled in the MAC addresses
  } else {
    resolve(fragment, context);
  }
}

/// Those that came before the first one follow it now.
void release_waiting(FragmentStore::Id datagram, BurstContext& context) noexcept {
  FragmentStore& store = context.fragments;
  const FragmentWay way = store.way(datagram);
  while (std::optional<Packet> fragment = store.take_waiting(datagram)) {
    follow(*fragment, way, context);
    if (fragment->verdict != Verdict::hold) store.leave(*fragment);
  }
}

void settle_first(const Packet& first, std::uint32_t serial, BurstContext& context) noexcept {
  FragmentStore& store = context.fragments;
  // Later fragments of the burst may have replaced the datagram by another, or proved it bad.
  if (first.datagram == 0 || store.serial(first.datagram) != serial) return;
  if (store.way(first.datagram).verdict == Verdict::drop) return;
  const auto way = way_of(first);
  if (!way.has_value()) return;
  store.decide(first.datagram, *way);
  release_waiting(first.datagram, context);
}

void settle_other(Packet& fragment, BurstContext& context) noexcept {
  FragmentStore& store = context.fragments;
  const FragmentStore::Id datagram = fragment.datagram;
  const bool followed = datagram != 0 && store.is_of(datagram, fragment_key(fragment));
  if (followed && store.way(datagram).verdict != Verdict::pending) {
    follow(fragment, store.way(datagram), context);
  } else if (context.simulated) {
    fragment.verdict = Verdict::hold;
  } else if (!followed || !store.hold(datagram, fragment)) {
    fragment.drop(DropReason::fragment_limit);
  }
}

void finish(const Packet& fragment, BurstContext& context) noexcept {
  if (fragment.datagram != 0) context.fragments.finish(fragment.datagram);
}

}  // namespace

void Gathering::add(Packet& fragment, bool first, PacketList& messages,
                    BurstContext& context) noexcept {
  FragmentStore& store = context.fragments;
  // One that was parked has been noted before.
  const FragmentKey key = fragment_key(fragment);
  const bool noted = fragment.datagram != 0 && store.is_of(fragment.datagram, key);
  if (context.simulated) {
    fragment.datagram = first ? FragmentStore::Id{0} : store.find(key);
  } else if (!noted) {
    const FragmentStore::Noted result = store.note(fragment, context.now);
    if (result.datagram == 0) return fragment.drop(result.refused);
    fragment.datagram = result.datagram;
  }
  if (!first) return others_.add(fragment);
  if (fragment.datagram != 0) serials_[firsts_.size()] = store.serial(fragment.datagram);
  firsts_.add(fragment);
  messages.add(fragment);
}

void Gathering::settle_all(BurstContext& context) noexcept {
  for (std::size_t i = 0; i < firsts_.size(); ++i) {
    settle_first(*firsts_.begin()[i], serials_[i], context);
  }
  for (Packet* fragment : others_) {
    if (fragment->verdict == Verdict::pending) settle_other(*fragment, context);
  }
  if (context.simulated) return;
  // Only now: the burst may hold several fragments of a datagram that is complete with them.
  for (const Packet* first : firsts_) finish(*first, context);
  for (const Packet* fragment : others_) finish(*fragment, context);
  context.fragments.release(context.now, context.emitter);
}

}  // namespace encluster::switching
