// The gateway as callers see it: plain values, which to_json.hpp writes down.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::rest {

struct NamedCount {
  std::string_view name;  ///< of the program's own texts
  std::uint64_t count = 0;
};

/// What went through one side of the gateway, in frames and bytes without FCS.
struct TrafficView {
  std::string name;  ///< of the network; `interconnect`; `local`: to and from the gateway's kernel
  std::uint64_t packets_received = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t bytes_sent = 0;
};

struct StatusView {
  std::string cluster;
  std::string version;
  std::chrono::milliseconds uptime{};
  std::uint64_t generation = 0;  ///< of the snapshot
  bool recovering = false;
  std::size_t workers = 0;
  std::vector<NamedCount> counters;
  std::vector<TrafficView> traffic;
  std::vector<NamedCount> drops;                  ///< every reason, also those that did not occur
  std::optional<std::vector<NamedCount>> agents;  ///< nothing: agents are not served
};

struct NodeView {
  std::string name;
  NodeId id;
  Ipv4Address address;  ///< on the interconnect
  bool up = true;
  std::uint16_t weight = 1;  ///< in force
  bool draining = false;     ///< in force
  std::uint16_t configured_weight = 1;
  bool configured_draining = false;
  std::optional<std::uint16_t> changed_weight;  ///< at run time, until it is cleared
  std::optional<bool> changed_draining;         ///< the same
  std::optional<bool> agent;   ///< whether its agent has joined; nothing: none is served
  std::optional<double> load;  ///< runnable tasks a CPU, as its agent told last
  std::size_t leases = 0;
};

struct SliceView {
  std::string node;
  PortNumber first;
  PortNumber last;
};

struct ServiceView {
  std::string name;
  Protocol protocol = Protocol::tcp;
  PortNumber port;
  std::string network;                          ///< empty: all of them
  std::string plugin;                           ///< empty: all goes to the one node
  std::map<std::string, std::string> options;   ///< of the plugin, as configured
  std::vector<std::string> nodes;               ///< the candidates, or the one node
  std::vector<std::string> nodes_for_sessions;  ///< of these, those that get new ones now
};

/// A tuple of the message switch, as workers have it.
struct SwitchEntryView {
  std::string network;
  Protocol protocol = Protocol::tcp;
  PortNumber port;
  std::string service;             ///< empty: a leased port
  bool by_function = false;        ///< a routing function chooses among the nodes
  std::vector<std::string> nodes;  ///< the candidates, or the one node
  std::vector<std::pair<std::string, PortNumber>> node_ports;  ///< where nodes have another port
};

struct SwitchView {
  std::uint64_t generation = 0;  ///< of the snapshot
  std::vector<SwitchEntryView> entries;
};

struct DropView {
  std::string_view reason;
  std::string_view meaning;  ///< a sentence
  std::uint64_t packets = 0;
};

struct LeaseView {
  Protocol protocol = Protocol::udp;
  PortNumber port;
  std::string node;
};

struct PortsView {
  std::vector<SliceView> slices;
  std::vector<ServiceView> services;
  std::vector<LeaseView> leases;
};

struct ExportView {
  std::string path;
  std::string node;
  std::vector<std::string> keys;     ///< as the configuration writes them
  std::vector<std::string> clients;  ///< networks; empty: everybody
};

/// What of a node's exports is not used, or not safe to use.
struct RefusedExportView {
  std::string node;
  std::string path;
  std::string reason;
  std::string owner;  ///< the node that goes before; empty: none
  std::string other;  ///< path of its export
};

struct ExportsView {
  std::vector<ExportView> exports;
  std::vector<RefusedExportView> refused;
};

/// All words that ConnectionView::state may have.
inline constexpr std::array<std::string_view, 8> kConnectionStates{
    "embryonic", "answered", "opened_by_node", "fin_remote",
    "fin_node",  "reset",    "reset_by_node",  "probed"};

struct ConnectionView {
  Protocol protocol = Protocol::tcp;
  Ipv4Address remote;
  PortNumber remote_port;
  PortNumber cluster_port;  ///< of an echo: its identifier
  PortNumber node_port;     ///< the node's own, where it differs from what the cluster shows
  std::string node;
  std::string service;                  ///< empty: none, the node opened it
  std::vector<std::string_view> state;  ///< of kConnectionStates, see docs/rest-api.yaml
  std::uint32_t seconds_left = 0;       ///< until the gateway looks whether it is still alive
  std::uint32_t idle_seconds = 0;       ///< since anything was heard, give or take some
};

/// A rule that was looked at, and what it said.
struct RuleView {
  std::string_view rule;
  std::string found;
};

/// Where a packet would go.
struct RouteView {
  std::string_view verdict;
  std::string_view reason;          ///< of a drop or a refusal; empty: none
  std::string_view meaning;         ///< of the reason: a sentence
  std::string_view rule;            ///< that decided
  std::string service;              ///< empty: none
  std::string node;                 ///< where it goes, or, outbound, who sends it; empty: nobody
  std::string from;                 ///< the side that it comes from
  std::string to;                   ///< the side that it leaves by; empty: it does not
  std::string received;             ///< the packet in words
  std::string sent;                 ///< what leaves; empty: nothing
  std::vector<std::byte> frame;     ///< what leaves, without FCS; empty: nothing
  std::vector<RuleView> looked_at;  ///< in order; the last decided
};

}  // namespace encluster::rest
