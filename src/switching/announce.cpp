#include "switching/announce.hpp"

#include <array>
#include <optional>

#include "net/headers.hpp"
#include "net/rewrite.hpp"
#include "switching/claim.hpp"
#include "switching/packet_kind.hpp"
#include "switching/refuse.hpp"

namespace encluster::switching {

namespace {

bool is_privileged(PortNumber port) noexcept {
  return port.value() >= kFirstPrivileged && port.value() <= kLastPrivileged;
}

/// True if the remote's connection to `port` would go where the switch or the slices say.
bool is_routed_otherwise(const Packet& packet, PortNumber port,
                         const BurstContext& context) noexcept {
  const auto owner = context.snapshot.slices.owner(port);
  return (owner.has_value() && *owner != packet.node) ||
         context.snapshot.message_switch.find(packet.network, Protocol::tcp, port) != nullptr;
}

/// A port with as many digits that the session can announce instead. Only privileged ones are
/// replaced: rshd refuses others, and nobody else's clients announce what is not theirs.
std::optional<PortNumber> replacement(const Packet& packet, PortNumber announced,
                                      const BurstContext& context) noexcept {
  if (!is_privileged(announced)) return std::nullopt;
  for (std::uint16_t number = kLastPrivileged; number >= kFirstPrivileged; --number) {
    const PortNumber port(number);
    if (digits_of(port) == digits_of(announced) && !is_routed_otherwise(packet, port, context) &&
        !context.announcements.expected(packet.destination, port).has_value()) {
      return port;
    }
  }
  return std::nullopt;
}

/// Which port the remote is told: the announced one if it is free.
std::optional<PortNumber> settle(const Packet& packet, PortNumber announced,
                                 const BurstContext& context) noexcept {
  if (!is_routed_otherwise(packet, announced, context) &&
      !context.announcements.is_taken(packet.destination, announced, packet.node)) {
    return announced;
  }
  return replacement(packet, announced, context);
}

/// Replaces the announced digits. @pre the port announced has as many as `port`.
void show_port(Packet& packet, PortNumber port) noexcept {
  std::array<std::byte, 5> digits;
  const auto used = std::span(digits).first(digits_of(port));
  if (write_digits(port, used)) net::replace_payload_bytes(packet, 0, used);
}

/// The first announcement of a session.
void announce_anew(Packet& packet, const AnnouncingSession& session, PortNumber announced,
                   BurstContext& context) noexcept {
  const auto shown = settle(packet, announced, context);
  if (!shown.has_value()) return refuse(packet, DropReason::announcement_exhausted, context);
  if (*shown != announced) show_port(packet, *shown);
  if (context.simulated) return;
  context.announcements.expect(session, {announced, *shown}, context.now);
  context.counters.announcements.add();
  if (*shown != announced) context.counters.announcements_replaced.add();
}

void follow_payload(Packet& packet, const AnnouncingSession& session,
                    BurstContext& context) noexcept {
  Announcements& announcements = context.announcements;
  const std::uint32_t sequence = packet.header_at<net::TcpHeader>(packet.l4).sequence.host();
  if (!announcements.is_first_payload(session, sequence)) return;
  const auto announced = announced_port(packet.payload_bytes());
  if (const auto settled = announcements.settled(session)) {
    // Sent again. If it says something else now, it is no TCP's: its digits may not even fit.
    if (announced == settled->announced) show_port(packet, settled->shown);
  } else if (announced.has_value()) {
    announce_anew(packet, session, *announced, context);
  } else if (!context.simulated) {
    // The remote may have these bytes by now, so no later ones may be replaced.
    announcements.forget(session);
  }
}

void follow(Packet& packet, BurstContext& context) noexcept {
  const AnnouncingSession session{packet.destination, packet.destination_port,
                                  packet.rewritten_port, packet.node};
  if (is_new_connection(packet)) {
    if (context.simulated) return;
    const auto& tcp = packet.header_at<net::TcpHeader>(packet.l4);
    context.announcements.opened(session, tcp.sequence.host(), context.now);
  } else if (packet.end > packet.payload) {
    follow_payload(packet, session, context);
  }
}

}  // namespace

void announce(PacketList& packets, BurstContext& context) noexcept {
  for (Packet* packet : packets) {
    if (packet->verdict == Verdict::pending && packet->protocol == Protocol::tcp &&
        takes_announcements(packet->destination_port)) {
      follow(*packet, context);
    }
  }
}

}  // namespace encluster::switching
