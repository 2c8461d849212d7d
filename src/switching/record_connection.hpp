// Entering a connection into the table, and taking it out, with its alias where the node's port is
// another.
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// What a new record starts with.
struct NewConnection {
  ServiceIndex service = kNoService;
  std::uint8_t flags = 0;  ///< connection_flag
};

struct Recorded {
  Connection* connection;  ///< the new record, or the one that existed; null if refused
  DropReason refused;
};

/// Reports it, if it is renumbered.
/// @param key without alias; its `cluster_port` is what the outside sees
/// @param node_port what the node itself uses
[[nodiscard]] Recorded record_connection(const ConnectionKey& key, NodeId node,
                                         PortNumber node_port, NewConnection start,
                                         BurstContext& context) noexcept;

/// Tells the control thread of a TCP connection whose node uses another port than is shown; of
/// others nothing.
void report_renumbering(const Connection& connection, BurstContext& context) noexcept;

/// Erases the record and its alias, silently. False if there is none.
bool forget_connection(const ConnectionKey& key, BurstContext& context) noexcept;

}  // namespace encluster::switching
