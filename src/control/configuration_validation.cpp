#include "control/configuration_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>

#include "control/configuration_format.hpp"
#include "control/kernel_interface.hpp"

namespace encluster::control {

namespace {

/// Values that nobody may share, and who has them.
class Unique {
 public:
  /// @param allowed what an error says is allowed
  Unique(ConfigurationReport& report, std::string allowed)
      : report_(&report), allowed_(std::move(allowed)) {}

  /// `owner` has `value`, by the file's `key`. @return false if somebody had it before
  bool add(const std::string& key, const std::string& value, const std::string& owner) {
    const auto [first, added] = owners_.emplace(value, owner);
    if (!added) {
      report_->refuse(key, fmt::format("{}, which {} has already", value, first->second), allowed_);
    }
    return added;
  }

 private:
  ConfigurationReport* report_;
  std::string allowed_;
  std::map<std::string, std::string> owners_;
};

/// A configured address range: a network or the interconnect.
struct Range {
  std::string key;
  std::string owner;
  Ipv4Prefix prefix;
};

std::vector<Range> ranges_of(const Configuration& configuration) {
  std::vector<Range> ranges{
      {"interconnect.address", "the interconnect", configuration.interconnect.address}};
  for (std::size_t i = 0; i < configuration.networks.size(); ++i) {
    const NetworkConfig& network = configuration.networks[i];
    ranges.push_back(
        {fmt::format("networks[{}].address", i), "network " + network.name, network.address});
  }
  return ranges;
}

void check_overlaps(const Configuration& configuration, ConfigurationReport& report) {
  const std::vector<Range> ranges = ranges_of(configuration);
  for (auto later = ranges.begin(); later != ranges.end(); ++later) {
    for (auto earlier = ranges.begin(); earlier != later; ++earlier) {
      if (!later->prefix.overlaps(earlier->prefix)) continue;
      report.refuse(later->key,
                    fmt::format("{}, which overlaps {} of {}", to_text(later->prefix),
                                to_text(earlier->prefix), earlier->owner),
                    "networks and interconnect without common addresses");
    }
  }
}

/// The vdev's name, or the whole PCI address: what DPDK accepts only once.
std::string device_name(const std::string& device) { return device.substr(0, device.find(',')); }

void check_networks(const Configuration& configuration, ConfigurationReport& report) {
  if (configuration.networks.empty()) {
    report.refuse("networks", "none", fmt::format("1 to {} networks", kMaxNetworks));
  }
  Unique names(report, "a name of its own");
  Unique devices(report, "a device of its own");
  Unique interfaces(report, "an interface of its own");
  const auto add_device = [&](const std::string& key, const std::string& device,
                              const std::string& owner) {
    const bool alone = devices.add(key, device_name(device), owner);
    const auto interface = kernel_interface_of(device);
    if (alone && interface) interfaces.add(key, *interface, owner);
  };
  names.add("networks", kReservedNetworkName, "the interconnect's TAP");
  add_device("interconnect.device", configuration.interconnect.device, "the interconnect");
  for (std::size_t i = 0; i < configuration.networks.size(); ++i) {
    const NetworkConfig& network = configuration.networks[i];
    const std::string key = fmt::format("networks[{}]", i);
    names.add(key + ".name", network.name, key);
    add_device(key + ".device", network.device, "network " + network.name);
    if (!network.gateway) continue;
    if (*network.gateway == network.address.address ||
        !is_host_of(network.address, *network.gateway)) {
      report.refuse(key + ".gateway", to_text(*network.gateway),
                    fmt::format("another host's address inside {}", to_text(network.address)));
    }
  }
}

void check_nodes(const Configuration& configuration, ConfigurationReport& report) {
  const Ipv4Prefix& inside = configuration.interconnect.address;
  Unique names(report, "a name of its own");
  Unique ids(report, "an identifier of its own");
  Unique addresses(report, "an address of its own");
  names.add("gateway", "gateway", "node 0");
  addresses.add("interconnect.address", to_text(inside.address), "the gateway");
  for (std::size_t i = 0; i < configuration.nodes.size(); ++i) {
    const NodeConfig& node = configuration.nodes[i];
    const std::string key = fmt::format("nodes[{}]", i);
    names.add(key + ".name", node.name, key);
    ids.add(key + ".id", std::to_string(node.id.value()), node.name);
    addresses.add(key + ".address", to_text(node.address), node.name);
    if (!is_host_of(inside, node.address)) {
      report.refuse(key + ".address", to_text(node.address),
                    fmt::format("a host's address inside the interconnect's {}", to_text(inside)));
    }
  }
}

void check_slices(const Configuration& configuration, ConfigurationReport& report) {
  const PortsConfig& ports = configuration.ports;
  const std::uint32_t first = ports.first.value();
  const std::uint32_t last = ports.last.value();
  if (last < first) {
    report.refuse("ports.last", std::to_string(last), fmt::format("a port from {} on", first));
    return;
  }
  const std::uint32_t slices = std::uint32_t{highest_node(configuration).value()} + 1;
  const std::uint32_t most = (last - first + 1) / slices;
  const std::string key = ports.slice ? "ports.slice" : "ports";
  if (most < slice_size(configuration).value_or(1)) {
    report.refuse(
        key,
        fmt::format("{} ports for {} slices (node 0 to node {}) {}", last - first + 1, slices,
                    slices - 1, ports.slice ? fmt::format("of {}", *ports.slice) : "of at least 1"),
        most == 0 ? "more ports, or lower identifiers"
                  : fmt::format("slices of at most {}", std::bit_floor(most)));
  }
}

void check_workers(const Configuration& configuration, ConfigurationReport& report) {
  const auto& cpus = configuration.cpus;
  if (!cpus.empty() && cpus.size() != configuration.workers) {
    report.refuse("cpus", fmt::format("{} CPUs for {} workers", cpus.size(), configuration.workers),
                  "one CPU a worker");
  }
  Unique owners(report, "a CPU of its own for each worker");
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    const std::string key = fmt::format("cpus[{}]", i);
    owners.add(key, std::to_string(cpus[i]), key);
  }
}

void check_connections(const Configuration& configuration, ConfigurationReport& report) {
  const ConnectionsConfig& connections = configuration.connections;
  if (connections.embryonic <= connections.maximum) return;
  report.refuse("connections.embryonic", std::to_string(connections.embryonic),
                fmt::format("at most connections.maximum, {}", connections.maximum));
}

void check_service(const ServiceEntry& entry, const std::string& key, ConfigurationReport& report) {
  std::set<NodeId> candidates;
  for (std::size_t i = 0; i < entry.config.nodes.size(); ++i) {
    if (candidates.insert(entry.config.nodes[i]).second) continue;
    report.refuse(fmt::format("{}.nodes[{}]", key, i), "a node for the second time",
                  "each node once");
  }
  if (!entry.check) return;
  if (entry.config.protocol != Protocol::tcp) {
    report.refuse(key + ".check", "a check of a UDP service", "a check of a TCP service");
  }
  if (entry.check->timeout > entry.check->interval) {
    report.refuse(key + ".check.timeout_ms", std::to_string(entry.check->timeout.count()),
                  fmt::format("at most interval_ms, {}", entry.check->interval.count()));
  }
}

void check_services(const Configuration& configuration, ConfigurationReport& report) {
  Unique names(report, "a name of its own");
  Unique ports(report, "one service a port and protocol");
  for (std::size_t i = 0; i < configuration.services.size(); ++i) {
    const ServiceConfig& service = configuration.services[i].config;
    const std::string key = fmt::format("services[{}]", i);
    names.add(key + ".name", service.name, key);
    ports.add(key + ".port", fmt::format("{}/{}", service.port.value(), to_text(service.protocol)),
              service.name);
    check_service(configuration.services[i], key, report);
  }
}

void check_exports(const Configuration& configuration, ConfigurationReport& report) {
  Unique paths(report, "each path once");
  Unique keys(report, "each key once: calls with it go to one node");
  for (std::size_t i = 0; i < configuration.exports.size(); ++i) {
    const std::string key = fmt::format("exports[{}]", i);
    paths.add(key + ".path", configuration.exports[i].path, key);
    for (const FileSystemKey& one : configuration.exports[i].keys) {
      keys.add(key + ".keys", to_text(one), configuration.exports[i].path);
    }
  }
}

void check_listeners(const Configuration& configuration, ConfigurationReport& report) {
  const auto& agents = configuration.agents;
  const auto& rest = configuration.rest;
  const Ipv4Address inside = configuration.interconnect.address.address;
  Unique allowed(report, "each node once");
  for (std::size_t i = 0; agents && i < agents->allow.size(); ++i) {
    const std::string key = fmt::format("agents.allow[{}]", i);
    allowed.add(key + ".node", name_of(configuration, agents->allow[i].node), key);
  }
  if (agents && agents->address != inside) {
    report.refuse(
        "agents.listen", to_text(agents->address),
        fmt::format("the gateway's own address on the interconnect, {}", to_text(inside)));
  }
  if (!agents || !rest || agents->port != rest->port) return;
  if (agents->address == rest->address || rest->address == Ipv4Address()) {
    report.refuse(
        "rest.listen",
        fmt::format("{}:{}, where agents are served", to_text(rest->address), rest->port.value()),
        "an address and port of its own");
  }
}

}  // namespace

void refuse_contradictions(const Configuration& configuration, ConfigurationReport& report) {
  check_networks(configuration, report);
  check_overlaps(configuration, report);
  check_nodes(configuration, report);
  check_slices(configuration, report);
  check_workers(configuration, report);
  check_connections(configuration, report);
  check_services(configuration, report);
  check_exports(configuration, report);
  check_listeners(configuration, report);
}

}  // namespace encluster::control
