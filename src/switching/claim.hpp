// The second outbound stage: by which port does the cluster show a node's message, and is that port
// the node's to use? (paper: "Managing Cluster Ports and Connections")
//
//   a switch entry without function -> its node's alone
//   a dynamic port                  -> its slice's node's alone
//   TCP otherwise                   -> the connection must be unique: a SYN claims it; a loser is
//                                      renumbered inside 512-1023, because rshd refuses others
//   UDP otherwise                   -> learnt: remote, remote's port, port -> node; the first wins
//   ICMP echo                       -> the identifier must be unique towards the remote
//   an ICMP error                   -> the port of the message that it quotes
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

inline constexpr std::uint16_t kFirstPrivileged = 512;
inline constexpr std::uint16_t kLastPrivileged = 1023;

/// Settles the cluster's port for every packet of the list. Afterwards it is still pending, with
/// `rewritten_port` set, or refused: dropped, or turned into an answer to its node.
/// `packet.destination` is the remote; in a hairpin the cluster address.
void claim(PacketList& packets, BurstContext& context) noexcept;

}  // namespace encluster::switching
