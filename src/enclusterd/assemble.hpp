// From the checked configuration to what each part wants to be told.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "control/configuration.hpp"
#include "control/guard.hpp"
#include "control/kernel_objects.hpp"
#include "control/local_stack.hpp"
#include "control/neighbours.hpp"
#include "control/tap.hpp"
#include "datapath/devices.hpp"
#include "datapath/tap_pump.hpp"
#include "datapath/worker.hpp"
#include "switching/cluster_state.hpp"

namespace encluster {

/// The TAPs of the gateway's own kernel.
struct Taps {
  std::vector<control::Tap> networks;  ///< index: NetworkIndex
  control::Tap interconnect;
};

/// One for each device that is itself a kernel interface.
[[nodiscard]] std::vector<control::Guard> guards_for(const control::Configuration& configuration);

[[nodiscard]] datapath::DevicesSettings devices_for(const control::Configuration& configuration);

/// @param seed secret of the workers' hash functions
[[nodiscard]] datapath::WorkerSettings worker_for(const control::Configuration& configuration,
                                                  std::uint64_t seed);

/// Creates the TAPs, with the devices' MAC addresses and MTUs. @throws control::KernelError
[[nodiscard]] Taps open_taps(const control::Configuration& configuration,
                             const datapath::Devices& devices);
[[nodiscard]] datapath::TapDescriptors descriptors_of(const Taps& taps);
[[nodiscard]] std::vector<control::TapLink> links_of(const Taps& taps);

[[nodiscard]] control::LocalStackConfig local_stack_for(
    const control::Configuration& configuration);

/// The configuration's cluster, with the devices' MAC addresses.
[[nodiscard]] switching::ClusterState cluster_for(const control::Configuration& configuration,
                                                  const datapath::Devices& devices);

/// Those that can tell which connections they have: the gateway's own kernel, and nodes that have a
/// token. @throws control::CredentialsError
[[nodiscard]] std::set<NodeId> reporting_nodes(const control::Configuration& configuration);

/// Where node 0's renumbered connections are remembered: in the folder that systemd made for this
/// service, or the one that it would make.
[[nodiscard]] std::filesystem::path own_renumberings_file(const std::string& cluster);

/// Next hops that are always needed: the nodes and the networks' gateways.
[[nodiscard]] std::vector<control::Neighbours::Key> kept_neighbours(
    const control::Configuration& configuration);

}  // namespace encluster
