#include "enclusterd/assemble.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "control/agent_tokens.hpp"
#include "control/cluster_from_configuration.hpp"
#include "control/kernel_interface.hpp"
#include "control/tap_name.hpp"
#include "datapath/vlan.hpp"

namespace encluster {

using control::Configuration;

namespace {

datapath::IdleMode idle_mode(control::IdleMode mode) {
  switch (mode) {
    case control::IdleMode::spin:
      return datapath::IdleMode::spin;
    case control::IdleMode::pause:
      return datapath::IdleMode::pause;
    case control::IdleMode::sleep:
      return datapath::IdleMode::sleep;
  }
  return datapath::IdleMode::sleep;
}

/// Of a network or the interconnect.
template <typename Config>
datapath::DeviceSettings device_for(const Config& config) {
  return {config.device, config.mtu, config.vlan.value_or(datapath::kUntagged)};
}

/// First and last port of the gateway's own slice.
std::pair<PortNumber, PortNumber> gateway_slice(const Configuration& configuration) {
  const std::uint32_t size = control::slice_size(configuration).value_or(1);
  const std::uint16_t first = configuration.ports.first.value();
  return {PortNumber(first), PortNumber(static_cast<std::uint16_t>(first + size - 1))};
}

}  // namespace

std::vector<control::Guard> guards_for(const Configuration& configuration) {
  std::vector<control::Guard> guards;
  const auto add = [&guards](const std::string& device, std::uint16_t mtu) {
    if (const auto interface = control::kernel_interface_of(device))
      guards.emplace_back(*interface, mtu);
  };
  for (const auto& network : configuration.networks) add(network.device, network.mtu);
  add(configuration.interconnect.device, configuration.interconnect.mtu);
  return guards;
}

datapath::DevicesSettings devices_for(const Configuration& configuration) {
  datapath::DevicesSettings settings;
  settings.eal.hugepages = configuration.memory.hugepages;
  settings.eal.megabytes = configuration.memory.megabytes;
  settings.eal.workers = configuration.workers;
  settings.eal.worker_cpus = configuration.cpus;
  for (const auto& network : configuration.networks) {
    settings.networks.push_back(device_for(network));
  }
  settings.interconnect = device_for(configuration.interconnect);
  return settings;
}

datapath::WorkerSettings worker_for(const Configuration& configuration, std::uint64_t seed) {
  datapath::WorkerSettings settings;
  settings.limits = control::limits_from(configuration);
  settings.seed = seed;
  settings.idle = {idle_mode(configuration.idle.mode), configuration.idle.sleep};
  return settings;
}

Taps open_taps(const Configuration& configuration, const datapath::Devices& devices) {
  Taps taps;
  for (const auto& network : configuration.networks) {
    const auto index = static_cast<Egress>(taps.networks.size());
    taps.networks.push_back(
        control::open_tap(control::tap_name(network.name), devices.mac(index), devices.mtu(index)));
  }
  taps.interconnect = control::open_tap(std::string(control::kInterconnectTap),
                                        devices.mac(kInterconnect), devices.mtu(kInterconnect));
  return taps;
}

datapath::TapDescriptors descriptors_of(const Taps& taps) {
  datapath::TapDescriptors descriptors;
  for (const auto& tap : taps.networks) descriptors.networks.push_back(tap.fd.get());
  descriptors.interconnect = taps.interconnect.fd.get();
  return descriptors;
}

std::vector<control::TapLink> links_of(const Taps& taps) {
  std::vector<control::TapLink> links;
  for (const auto& tap : taps.networks) {
    links.push_back({tap.index, static_cast<Egress>(links.size())});
  }
  links.push_back({taps.interconnect.index, kInterconnect});
  return links;
}

control::LocalStackConfig local_stack_for(const Configuration& configuration) {
  control::LocalStackConfig local;
  for (const auto& network : configuration.networks) {
    local.networks.push_back({control::tap_name(network.name), network.address, network.gateway});
  }
  local.interconnect = {std::string(control::kInterconnectTap), configuration.interconnect.address,
                        std::nullopt};
  std::tie(local.first_port, local.last_port) = gateway_slice(configuration);
  for (const auto& service : configuration.services) {
    local.service_ports.push_back(service.config.port);
  }
  return local;
}

switching::ClusterState cluster_for(const Configuration& configuration,
                                    const datapath::Devices& devices) {
  switching::ClusterState state = control::cluster_from(configuration);
  for (std::size_t i = 0; i < state.networks.size(); ++i) {
    state.networks[i].mac = devices.mac(static_cast<Egress>(i));
  }
  state.interconnect.mac = devices.mac(kInterconnect);
  return state;
}

std::set<NodeId> reporting_nodes(const Configuration& configuration) {
  std::set<NodeId> nodes{kGateway};
  if (!configuration.agents) return nodes;
  const auto tokens = control::AgentTokens::read(configuration.agents->token_file);
  for (const control::NodeConfig& node : configuration.nodes) {
    if (tokens.has(node.name)) nodes.insert(node.id);
  }
  return nodes;
}

std::filesystem::path own_renumberings_file(const std::string& cluster) {
  const char* const folder = std::getenv("RUNTIME_DIRECTORY");
  return std::filesystem::path(folder == nullptr ? "/run/encluster" : folder) /
         (cluster + ".renumbered");
}

std::vector<control::Neighbours::Key> kept_neighbours(const Configuration& configuration) {
  std::vector<control::Neighbours::Key> kept;
  for (const auto& node : configuration.nodes) kept.emplace_back(kInterconnect, node.address);
  for (std::size_t i = 0; i < configuration.networks.size(); ++i) {
    if (const auto& gateway = configuration.networks[i].gateway) {
      kept.emplace_back(static_cast<Egress>(i), *gateway);
    }
  }
  return kept;
}

}  // namespace encluster
