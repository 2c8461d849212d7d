#include "rest/explain_route.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "encluster/drop_reason.hpp"
#include "frame_text/decision_text.hpp"
#include "frame_text/frame_view.hpp"
#include "rest/make_frame.hpp"
#include "switching/worker_event.hpp"

namespace encluster::rest {

using frame_text::FrameView;
using switching::Simulation;
using switching::Snapshot;
using switching::SwitchEntry;

namespace {

constexpr std::string_view kInterconnectName = "interconnect";
/// A station that does not exist: locally administered (IEEE 802).
constexpr MacAddress kAnybody{0x02, 0, 0, 0, 0, 0x01};

bool goes_out(Verdict verdict) {
  return verdict == Verdict::forward || verdict == Verdict::answer || verdict == Verdict::copy;
}

/// Which side a packet with these addresses comes from, if nobody says.
Egress side_for(Ipv4Address source, std::optional<Ipv4Address> destination,
                const Snapshot& snapshot) {
  if (snapshot.interconnect.address.contains(source)) return kInterconnect;
  const auto* const network =
      destination ? snapshot.network_by_address.find(destination->value()) : nullptr;
  return network == nullptr ? Egress{0} : *network;
}

Egress side_named(const std::string& name, const Snapshot& snapshot) {
  if (name == kInterconnectName) return kInterconnect;
  std::string allowed(kInterconnectName);
  for (std::size_t i = 0; i < snapshot.networks.size(); ++i) {
    if (snapshot.networks[i].name == name) return static_cast<Egress>(i);
    allowed += ", " + snapshot.networks[i].name;
  }
  throw BadRequest(fmt::format("from: found {}; allowed: {}", control::shown(name), allowed));
}

/// The frame that is asked about, and the side that it comes from.
struct Arrival {
  Egress side = 0;
  std::vector<std::byte> frame;
};

Arrival arrival_of(const DescribedPacket& packet, const std::string& from,
                   const Snapshot& snapshot) {
  const Egress side = from.empty() ? side_for(packet.source, packet.destination, snapshot)
                                   : side_named(from, snapshot);
  const std::size_t network = side == kInterconnect ? 0 : side;
  const Ipv4Address cluster = snapshot.networks[network].address.address;
  const MessageEnd source{kAnybody, packet.source, packet.source_port};
  const MessageEnd destination{snapshot.own_mac(side), packet.destination.value_or(cluster),
                               packet.port};
  return {side, make_frame(packet.protocol, source, destination, packet.tcp_flags)};
}

/// @param bytes from Ethernet's header on, or from IP's
Arrival arrival_of(const std::vector<std::byte>& bytes, const std::string& from,
                   const Snapshot& snapshot) {
  constexpr std::byte kIpVersion4{4};
  const bool from_ip = (bytes.front() >> 4) == kIpVersion4 &&
                       !FrameView(bytes).is_ip();  // a MAC address may begin with a 4, too
  const std::vector<std::byte> frame =
      from_ip ? make_frame(bytes, kAnybody, snapshot.own_mac(0)) : bytes;
  const FrameView view(frame);
  const bool ip = view.is_ip();
  Egress side = 0;
  if (!from.empty()) {
    side = side_named(from, snapshot);
  } else if (ip) {
    side = side_for(view.packet.source, view.packet.destination, snapshot);
  }
  return {side, from_ip ? make_frame(bytes, kAnybody, snapshot.own_mac(side)) : frame};
}

/// Tells what the stages looked at: in their order (switching/route.cpp, switching/claim.cpp), as
/// far as the packet came.
class Narrator {
 public:
  Narrator(const Packet& before, const Packet& after, const RouteNames& names)
      : before_(before), after_(after), names_(names), snapshot_(names.snapshot()) {}

  std::vector<RuleView> tell() && {
    if (after_.rule == Rule::admission) {
      add(Rule::admission, "the frame's headers and addresses are enough to refuse it");
      return std::move(rules_);
    }
    add(Rule::admission, "the frame is sound, and comes from where it says");
    const bool has_ports = before_.protocol != Protocol::icmp && after_.rule != Rule::fragment;
    if (has_ports) look_at_ports();
    if (rules_.back().rule != frame_text::name_of(after_.rule)) conclude();
    return std::move(rules_);
  }

 private:
  [[nodiscard]] bool is_outbound() const {
    return after_.origin == Origin::interconnect &&
           !snapshot_.is_cluster_address(before_.destination);
  }

  /// Outbound, the port by which the cluster would know the sender's.
  [[nodiscard]] PortNumber port() const {
    return is_outbound() ? before_.source_port : before_.destination_port;
  }

  void look_at_ports() {
    const SwitchEntry* const entry =
        snapshot_.message_switch.find(after_.network, before_.protocol, port());
    if (entry != nullptr) {
      add(Rule::message_switch, entry_text(*entry));
      if (after_.rule == Rule::connection) add(Rule::connection, "it belongs to one that is known");
      return;
    }
    add(Rule::message_switch,
        fmt::format("no entry for {}/{} on {}", port().value(), control::to_text(before_.protocol),
                    snapshot_.networks[after_.network].name));
    if (after_.rule == Rule::message_switch) return;
    if (const auto owner = snapshot_.slices.owner(port())) {
      return add(Rule::slice,
                 fmt::format("port {} is in the slice of {}", port().value(), names_.node(*owner)));
    }
    add(Rule::slice, fmt::format("port {} is in no slice", port().value()));
    if (after_.rule == Rule::connection) {
      return add(Rule::connection, "it belongs to one that is known");
    }
    add(Rule::connection, "it belongs to none that is known");
  }

  [[nodiscard]] std::string entry_text(const SwitchEntry& entry) const {
    const std::string name = entry.service < snapshot_.service_names.size()
                                 ? "service " + snapshot_.service_names[entry.service]
                                 : std::string("a leased port");
    if (entry.function != nullptr) return name + ": its routing function decides";
    return fmt::format("{}: all goes to {}", name, names_.node(entry.node));
  }

  void conclude() {
    switch (after_.rule) {
      case Rule::expectation:
        return add(Rule::expectation, "a node announced that the remote would open it");
      case Rule::claim:
        return add(Rule::claim, "the sender claims it by this packet");
      case Rule::unclaimed:
        return add(Rule::unclaimed, "it needs no claim");
      case Rule::local_stack:
        return add(Rule::local_stack, "nothing else claims it: it is the gateway's kernel's");
      case Rule::connection:
        return add(Rule::connection, "it belongs to one that is known");
      case Rule::quote:
        return add(Rule::quote, "the message that it quotes decides");
      case Rule::fragment:
        return add(Rule::fragment, "it goes the way of its datagram's first fragment");
      case Rule::message_switch:
        return add(Rule::message_switch, "the routing function decides");
      case Rule::slice:
        return add(Rule::slice, "the slices decide");
      case Rule::admission:
      case Rule::upkeep:
        return;
    }
  }

  void add(Rule rule, std::string found) {
    rules_.push_back({frame_text::name_of(rule), std::move(found)});
  }

  const Packet& before_;  ///< parsed
  const Packet& after_;
  const RouteNames& names_;
  const Snapshot& snapshot_;
  std::vector<RuleView> rules_;
};

std::string name_of(Egress side, const Snapshot& snapshot) {
  return side == kInterconnect ? std::string(kInterconnectName) : snapshot.networks[side].name;
}

/// The node that a packet concerns, where a stage has found one.
std::string node_of(const Packet& packet, const RouteNames& names) {
  const bool found = packet.verdict != Verdict::drop || packet.rule != Rule::admission;
  if (!found || packet.reason == DropReason::dynamic_syn_denied) return {};
  return names.node(packet.node);
}

RouteView view_of(const Arrival& arrival, const Simulation& simulation, const RouteNames& names) {
  const Snapshot& snapshot = names.snapshot();
  const Packet& after = simulation.packet;
  const FrameView before(arrival.frame);
  RouteView view{.verdict = frame_text::name_of(after.verdict),
                 .reason = {},
                 .meaning = {},
                 .rule = frame_text::name_of(after.rule),
                 .service = {},
                 .node = node_of(after, names),
                 .from = name_of(arrival.side, snapshot),
                 .to = {},
                 .received = frame_text::facts_of(arrival.frame).text(),
                 .sent = {},
                 .frame = {},
                 .looked_at = Narrator(before.packet, after, names).tell()};
  if (after.reason != DropReason::none) {
    const DropReasonText& text = kDropReasonTexts[static_cast<std::size_t>(after.reason)];
    view.reason = text.name;
    view.meaning = text.sentence;
  }
  if (after.service < snapshot.service_names.size()) {
    view.service = snapshot.service_names[after.service];
  }
  if (goes_out(after.verdict)) {
    view.to = name_of(after.egress, snapshot);
    view.frame.assign(simulation.frame.begin(), simulation.frame.begin() + after.length);
    view.sent = frame_text::facts_of(view.frame).text();
  } else if (after.verdict == Verdict::local) {
    view.to = "local";
  }
  return view;
}

}  // namespace

void explain_route(datapath::WorkerGroup& workers, const RouteQuestion& question, RouteNames names,
                   Gateway::Routed routed) {
  const Arrival arrival = std::visit(
      [&](const auto& packet) { return arrival_of(packet, question.from, names.snapshot()); },
      question.packet);
  const auto simulation = std::make_shared<Simulation>();
  std::ranges::copy(arrival.frame, simulation->frame.begin());
  const bool inside = arrival.side == kInterconnect;
  simulation->packet.origin = inside ? Origin::interconnect : Origin::network;
  simulation->packet.network = inside ? NetworkIndex{0} : arrival.side;
  simulation->packet.length = static_cast<std::uint16_t>(arrival.frame.size());
  const bool sent =
      workers.send(switching::SimulatePacket{simulation.get()},
                   [simulation, arrival, names, routed](const switching::CommandDone& /*done*/) {
                     routed(view_of(arrival, *simulation, names));
                   });
  if (!sent) routed(std::nullopt);
}

}  // namespace encluster::rest
