#include "replay/survey.hpp"

#include <algorithm>
#include <utility>

#include "control/configuration_format.hpp"
#include "frame_text/frame_view.hpp"
#include "replay/recording.hpp"

namespace encluster::replay {

using frame_text::FrameView;
using frame_text::is_group;

namespace {

using control::Configuration;

/// Recognisable, and never a real station's: locally administered.
MacAddress made_up(Side side, Ipv4Address address) {
  const std::uint32_t value = address.value();
  return {0x02,
          side,
          static_cast<std::uint8_t>(value >> 24),
          static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value)};
}

const Ipv4Prefix& prefix_of(const Configuration& configuration, Side side) {
  return side == kInterconnect ? configuration.interconnect.address
                               : configuration.networks[side].address;
}

/// Calls `use(side, view)` for each frame of the gateway's sides.
template <typename Use>
void for_each(const std::vector<CapturedFrame>& frames,
              const std::vector<std::optional<Side>>& sides, Use&& use) {
  for (const CapturedFrame& frame : frames) {
    const auto side = sides[frame.interface];
    if (!side.has_value() || frame.original_length > kMaxFrame) continue;
    const auto bytes = restored(frame);
    const FrameView view(bytes);
    if (view.is_ethernet()) use(*side, view);
  }
}

/// True if a node sends this to whom it takes for the way out.
bool leaves_cluster(const FrameView& view, const Configuration& configuration) {
  const bool from_node = std::ranges::any_of(
      configuration.nodes, [&](const auto& node) { return node.address == view.packet.source; });
  return from_node && !configuration.interconnect.address.contains(view.packet.destination);
}

/// The gateway's MAC address, if this frame tells it.
std::optional<MacAddress> tells_gateway(Side side, const FrameView& view,
                                        const Configuration& configuration) {
  const Ipv4Address own = prefix_of(configuration, side).address;
  if (view.kind == net::FrameKind::arp && Ipv4Address(view.arp().sender) == own) {
    return view.arp().sender_mac;
  }
  const MacAddress& destination = view.ethernet().destination;
  if (!view.is_ip() || is_group(destination)) return std::nullopt;
  const bool to_gateway = view.packet.destination == own ||
                          (side == kInterconnect && leaves_cluster(view, configuration));
  return to_gateway ? std::optional(destination) : std::nullopt;
}

/// Neighbours by what is known best.
class Neighbours {
 public:
  enum class Trust : std::uint8_t { guessed, sender, arp, used };

  void note(Side side, Ipv4Address address, const MacAddress& mac, Trust trust) {
    if (is_group(mac)) return;
    const auto [place, added] = known_.try_emplace({side, address}, mac, trust);
    if (!added && trust > place->second.second) place->second = {mac, trust};
  }
  [[nodiscard]] bool knows(Side side, Ipv4Address address) const {
    return known_.contains({side, address});
  }
  [[nodiscard]] std::vector<switching::Neighbour> all() const {
    std::vector<switching::Neighbour> list;
    for (const auto& [place, what] : known_) {
      list.push_back({.egress = place.first, .address = place.second, .mac = what.first});
    }
    return list;
  }

 private:
  std::map<std::pair<Side, Ipv4Address>, std::pair<MacAddress, Trust>> known_;
};

/// The neighbour that a frame from or to `address` concerns: itself, or its network's router.
std::optional<Ipv4Address> next_hop(Side side, Ipv4Address address,
                                    const Configuration& configuration) {
  if (prefix_of(configuration, side).contains(address)) return address;
  return side == kInterconnect ? std::nullopt : configuration.networks[side].gateway;
}

void learn_neighbour(Side side, const FrameView& view, bool sent,
                     const Configuration& configuration, Neighbours& neighbours) {
  using Trust = Neighbours::Trust;
  const net::EthernetHeader& ethernet = view.ethernet();
  if (view.kind == net::FrameKind::arp) {
    const Ipv4Address sender(view.arp().sender);
    if (!sent && next_hop(side, sender, configuration) == sender) {
      neighbours.note(side, sender, view.arp().sender_mac, Trust::arp);
    }
    return;
  }
  if (!view.is_ip()) return;
  const Ipv4Address other = sent ? view.packet.destination : view.packet.source;
  if (const auto hop = next_hop(side, other, configuration)) {
    neighbours.note(side, *hop, sent ? ethernet.destination : ethernet.source,
                    sent ? Trust::used : Trust::sender);
  }
}

/// What the gateway's kernel keeps resolved, whether the capture shows it or not.
void guess_missing(const Configuration& configuration, Neighbours& neighbours, Survey& result) {
  const auto guess = [&](Side side, Ipv4Address address, const std::string& whose) {
    if (neighbours.knows(side, address)) return;
    neighbours.note(side, address, made_up(side, address), Neighbours::Trust::guessed);
    result.guesses.push_back("the capture does not tell the MAC address of " + whose +
                             ": one was made up");
  };
  for (const auto& node : configuration.nodes) {
    guess(kInterconnect, node.address, "node " + node.name);
  }
  for (std::size_t i = 0; i < configuration.networks.size(); ++i) {
    const auto& network = configuration.networks[i];
    if (network.gateway) {
      guess(static_cast<Side>(i), *network.gateway, "the router of network " + network.name);
    }
  }
}

void settle_gateway(Side side, const Configuration& configuration, Survey& result) {
  if (result.gateway.contains(side)) return;
  result.gateway[side] = made_up(side, prefix_of(configuration, side).address);
  result.guesses.push_back("the capture does not tell the gateway's MAC address on " +
                           name_of(configuration, side) + ": one was made up; --mac tells it");
}

}  // namespace

Survey survey(const std::vector<CapturedFrame>& frames,
              const std::vector<std::optional<Side>>& sides, const Configuration& configuration,
              const MacBySide& known) {
  Survey result;
  result.gateway = known;
  for_each(frames, sides, [&](Side side, const FrameView& view) {
    if (result.gateway.contains(side)) return;
    if (const auto mac = tells_gateway(side, view, configuration)) result.gateway[side] = *mac;
  });
  for (std::size_t i = 0; i < configuration.networks.size(); ++i) {
    settle_gateway(static_cast<Side>(i), configuration, result);
  }
  settle_gateway(kInterconnect, configuration, result);

  Neighbours neighbours;
  for_each(frames, sides, [&](Side side, const FrameView& view) {
    const bool sent = view.ethernet().source == result.gateway[side];
    ++(sent ? result.sent : result.received)[side];
    learn_neighbour(side, view, sent, configuration, neighbours);
  });
  guess_missing(configuration, neighbours, result);
  result.neighbours = neighbours.all();
  return result;
}

}  // namespace encluster::replay
