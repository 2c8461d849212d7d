// What a worker tells the control thread, and what the control thread asks of a worker.
#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "encluster/packet.hpp"
#include "switching/connection_table.hpp"

namespace encluster::switching {

/// A page of the connection table. Made and owned by the control thread, lent to the worker between
/// command and answer.
struct ConnectionPage {
  static constexpr std::size_t kCapacity = 256;
  std::uint32_t cursor = 0;  ///< in: where to go on; out: the same, 0 at the end
  std::uint32_t count = 0;
  std::array<Connection, kCapacity> connections;
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
  std::variant<InsertConnection, RemoveConnection, ListConnections, ResetNode, SimulatePacket> what;
};

/// A command was carried out. `done` is false where there was nothing to remove, or no room.
struct CommandDone {
  std::uint32_t id = 0;
  bool done = false;
  std::uint32_t count = 0;  ///< connections reset, or records in the page
};
/// A next hop that packets wait for: the kernel has to resolve it.
struct ResolveNextHop {
  Egress egress = kInterconnect;
  Ipv4Address address;
};

using WorkerEvent = std::variant<CommandDone, ResolveNextHop>;

}  // namespace encluster::switching
