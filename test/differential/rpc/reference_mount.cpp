#include <map>
#include <set>

#include "differential/rpc/reference.hpp"

namespace encluster::reference {

namespace {

using test::Asker;
using test::Routed;
using test::Xdr;
using Components = std::vector<std::string>;

/// The names on the way from the root.
Components components_of(const std::string& path) {
  Components components;
  std::string name;
  for (const char byte : path + '/') {
    if (byte != '/') {
      name += byte;
      continue;
    }
    if (name == "..") {
      if (!components.empty()) components.pop_back();
    } else if (!name.empty() && name != ".") {
      components.push_back(name);
    }
    name.clear();
  }
  return components;
}

bool begins_with(const Components& path, const Components& beginning) {
  if (beginning.size() > path.size()) return false;
  for (std::size_t i = 0; i < beginning.size(); ++i) {
    if (path[i] != beginning[i]) return false;
  }
  return true;
}

const ExportConfig* export_of(const Cluster& cluster, const std::string& path) {
  const Components components = components_of(path);
  const ExportConfig* best = nullptr;
  std::size_t longest = 0;
  for (const ExportConfig& one : cluster.exports) {
    const Components own = components_of(one.path);
    if (!begins_with(components, own)) continue;
    if (best == nullptr || own.size() > longest) {
      best = &one;
      longest = own.size();
    }
  }
  return best;
}

PortNumber port_of(const Cluster& cluster, NodeId node) {
  for (const NodePort& at : cluster.mount_ports) {
    if (at.node == node) return at.port;
  }
  return kMountPort;
}

/// Zero is the service's own.
PortNumber lists_port_of(const Cluster& cluster) {
  return cluster.lists_port == PortNumber() ? kMountPort : cluster.lists_port;
}

std::string text_of(const Ipv4Prefix& network) {
  const std::uint32_t address = network.address.value();
  return std::to_string(address >> 24) + '.' + std::to_string(address >> 16 & 0xff) + '.' +
         std::to_string(address >> 8 & 0xff) + '.' + std::to_string(address & 0xff) + '/' +
         std::to_string(network.length);
}

/// The gateway is a server like others if it exports anything; but nodes do not get there.
bool gateway_serves(const Cluster& cluster, const Asker& asker) {
  bool exports = false;
  for (const ExportConfig& one : cluster.exports) exports = exports || one.node == kGateway;
  return exports && !asker.from_node;
}

/// RFC 1813, section 5.2.5: a list of paths, each with a list of groups.
Routed list_exports(const Cluster& cluster, const Header& header, const Asker& asker) {
  std::map<std::string, const ExportConfig*> by_path;
  for (const ExportConfig& one : cluster.exports) by_path[one.path] = &one;
  Xdr reply;
  for (const std::uint32_t word : {header.xid, 1U, 0U, 0U, 0U, 0U}) reply.number(word);
  for (const auto& [path, exported] : by_path) {
    reply.number(1).variable(path);
    for (const Ipv4Prefix& network : exported->clients) {
      reply.number(1).variable(text_of(network));
    }
    reply.number(0);
  }
  reply.number(0);
  constexpr std::size_t kLongest = 576 - 20 - 8;  // what every host takes, without headers
  if (reply.bytes().size() > kLongest) {
    if (asker.from_node) return answered(header.xid, 3, {}, DropReason::rpc_unavailable);
    return forwarded(kGateway, lists_port_of(cluster));
  }
  Routed routed = answered(header.xid, 0, {});
  routed.reply = reply.bytes();
  return routed;
}

Routed unmount_all(const Cluster& cluster, const Header& header, const Asker& asker) {
  std::set<NodeId> nodes;
  for (const ExportConfig& one : cluster.exports) {
    if (one.node != kGateway || !asker.from_node) nodes.insert(one.node);
  }
  Routed routed = answered(header.xid, 0, {});
  if (nodes.empty() || asker.fragment) return routed;
  routed.verdict = Verdict::copy;
  for (const NodeId node : nodes) routed.copies.push_back({node, port_of(cluster, node)});
  return routed;
}

Routed by_path(const Cluster& cluster, const Header& header, const std::string& path,
               const Asker& asker) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return dropped(DropReason::rpc_arguments);
  }
  const ExportConfig* exported = export_of(cluster, path);
  const NodeId node = exported == nullptr ? kGateway : exported->node;
  constexpr std::uint32_t kAccess = 13;
  if (node == kGateway && !gateway_serves(cluster, asker)) {
    if (header.procedure == 3) return answered(header.xid, 0, {});  // UMNT has no status
    if (header.procedure == 7) return answered(header.xid, 3, {}, DropReason::not_exported);
    return answered(header.xid, 0, {kAccess}, DropReason::not_exported);
  }
  if (header.procedure == 1 && exported != nullptr && !is_client(*exported, asker)) {
    return answered(header.xid, 0, {kAccess}, DropReason::client_denied);
  }
  return forwarded(node, port_of(cluster, node));
}

}  // namespace

Routed mount_call(const Cluster& cluster, std::span<const std::byte> call, const Asker& asker) {
  Opened opened = open_call(call, {100005}, 1, 3);
  if (opened.settled) return *opened.settled;
  const Header& header = opened.header;
  const bool has_path = header.procedure == 1 || header.procedure == 3 ||
                        (header.procedure == 7 && header.version == 2);
  if (has_path) {
    try {
      return by_path(cluster, header, opened.arguments->string(1024), asker);
    } catch (const Malformed&) {
      return dropped(DropReason::rpc_arguments);
    }
  }
  switch (header.procedure) {
    case 0:
      return answered(header.xid, 0, {});
    case 2:
      if (asker.from_node) return answered(header.xid, 0, {0});
      return forwarded(kGateway, lists_port_of(cluster));
    case 4:
      return unmount_all(cluster, header, asker);
    case 5:
      return list_exports(cluster, header, asker);
    case 6:
      if (header.version < 3) return list_exports(cluster, header, asker);
      [[fallthrough]];
    default:
      return answered(header.xid, 3, {}, DropReason::rpc_unavailable);
  }
}

}  // namespace encluster::reference
