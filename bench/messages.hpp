// What remotes and nodes send each other in TCP, and what the gateway has to make of it.
#pragma once

#include <random>

#include "encluster/packet.hpp"
#include "gateway.hpp"
#include "workload.hpp"

namespace encluster::bench {

/// The ends of a message as it is received, and as it has to leave.
struct Message {
  Endpoint from;
  Endpoint to;
  Endpoint from_after;
  Endpoint to_after;
  Egress egress = 0;
};

/// Messages that take the same decisions: who sends them, and one of them at random.
struct MessageKind {
  Origin origin;
  Message (*draw)(const Gateway& gateway, std::mt19937& random);
};

/// Class A: connections that nodes opened from their slices.
extern const MessageKind kInboundSlices;
extern const MessageKind kOutboundSlices;

/// Class D: established logins, in random order. @pre the gateway has some
extern const MessageKind kInboundLogins;
extern const MessageKind kOutboundLogins;

/// Class E: connections that nodes opened from a privileged port, and of the outbound ones also
/// those that the cluster shows another port of. @pre the gateway has claims
extern const MessageKind kInboundClaims;
extern const MessageKind kOutboundClaims;
extern const MessageKind kOutboundRenumberedClaims;

/// Logins of nodes to the cluster address, and what the other node answers.
/// @pre the gateway has hairpins
extern const MessageKind kHairpins;
extern const MessageKind kHairpinAnswers;

/// Class B and C: calls of NFS, each for a file of some node; what the node answers; calls of
/// MOUNT.
extern const MessageKind kInboundNfs;
extern const MessageKind kOutboundNfs;
extern const MessageKind kInboundMounts;

}  // namespace encluster::bench
