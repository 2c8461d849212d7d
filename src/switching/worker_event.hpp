// What a worker tells the control thread, and what the control thread asks of a worker.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "encluster/packet.hpp"
#include "switching/connection_table.hpp"

namespace encluster::switching {

/// A page of the connection table. Made and owned by the control thread, lent to the worker between
/// command and answer. It may be empty although the end was not reached.
struct ConnectionPage {
  static constexpr std::size_t kCapacity = 256;
  bool renumbered = false;   ///< in: only TCP connections whose node uses another port
  std::uint32_t cursor = 0;  ///< in: where to go on; out: the same, 0 at the end
  std::uint32_t count = 0;
  std::array<Connection, kCapacity> connections;
};

/// A TCP connection that a node says it has.
struct ReportedConnection {
  ConnectionKey key;
  PortNumber node_port;
  std::uint8_t flags = 0;  ///< connection_flag
};

/// Connections of a node, all of remotes that one worker owns. Lent like a page.
struct ReportPage {
  static constexpr std::size_t kCapacity = 128;
  NodeId node;
  std::uint32_t count = 0;  ///< at least one
  std::array<ReportedConnection, kCapacity> connections;
  std::uint32_t conflicts = 0;  ///< out: those that another node has
  std::uint32_t refused = 0;    ///< out: those for which there was no room
};

/// "Where would this packet go?" Lent like a page.
struct Simulation {
  static constexpr std::size_t kCapacity = 2048;
  std::array<std::byte, kCapacity> frame;  ///< in: as received; out: as it would be sent
  Packet packet;                           ///< in: origin, network, length; out: all fields
};

/// Inserts (or overwrites) a connection, as if its traffic had been seen.
struct InsertConnection {
  ConnectionKey key;
  NodeId node;
  PortNumber node_port;
  ServiceIndex service = kNoService;
  std::uint8_t flags = connection_flag::answered;
};
/// Records what a node reports and the table does not know (restore.hpp). The answer counts those
/// that the table has now.
struct RestoreConnections {
  ReportPage* page = nullptr;
};
/// Forgets a connection and its alias, silently.
struct RemoveConnection {
  ConnectionKey key;
};
struct ListConnections {
  ConnectionPage* page = nullptr;
};
/// Forgets every connection of a node and makes their remotes see a RST.
struct ResetNode {
  NodeId node;
};
struct SimulatePacket {
  Simulation* simulation = nullptr;
};

struct Command {
  std::uint32_t id = 0;  ///< comes back in the answer
  std::variant<InsertConnection, RestoreConnections, RemoveConnection, ListConnections, ResetNode,
               SimulatePacket>
      what;
};

/// A command was carried out. `done` is false where there was nothing to remove, or no room.
struct CommandDone {
  std::uint32_t id = 0;
  bool done = false;
  std::uint32_t count = 0;  ///< connections reset or restored, or records in the page
};
/// A next hop that packets wait for: the kernel has to resolve it.
struct ResolveNextHop {
  Egress egress = kInterconnect;
  Ipv4Address address;
};

/// A connection that the cluster shows under another port than its node uses. Its node has to know,
/// so that it can say so later.
struct ConnectionRenumbered {
  ConnectionKey key;  ///< as the cluster shows it
  NodeId node;
  PortNumber node_port;
};

using WorkerEvent = std::variant<CommandDone, ResolveNextHop, ConnectionRenumbered>;

}  // namespace encluster::switching
