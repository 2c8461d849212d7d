// Two workers between two ring devices, each with a queue pair for either worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>

#include "datapath/handoff.hpp"
#include "datapath/worker.hpp"
#include "datapath/worker_group.hpp"
#include "ring_device.hpp"
#include "support/gateway.hpp"
#include "switching/compile_snapshot.hpp"
#include "switching/remote_hash.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {

inline constexpr std::uint16_t kDatabase = 5432;  ///< at node beta, without routing function

/// The example cluster without the services that need a plugin.
[[nodiscard]] inline switching::ClusterState plain_cluster() {
  switching::ClusterState state = test::example_cluster();
  std::erase_if(state.services, [](const auto& service) { return !service.plugin.empty(); });
  return state;
}

/// A remote that this one of two workers owns. @param number different ones for different remotes
[[nodiscard]] inline Ipv4Address remote_of(std::size_t worker, std::size_t number = 0) {
  std::uint32_t address = Ipv4Address(198, 51, 100, 0).value();
  for (std::size_t found = 0;; ++address) {
    if (switching::shard_of(Ipv4Address(address), 2) == worker && found++ == number) break;
  }
  return Ipv4Address(address);
}

/// The test stands for both threads, or starts them; for the pump and the control thread as well.
class TwoWorkers {
 public:
  static constexpr Seconds kNow = 1000;

  TwoWorkers() {
    for (const auto& worker : workers) worker->reader().online();
  }
  TwoWorkers(const TwoWorkers&) = delete;
  TwoWorkers& operator=(const TwoWorkers&) = delete;
  ~TwoWorkers() {
    for (const auto& worker : workers) worker->reader().offline();
  }

  std::size_t round(WorkerId worker) { return workers[worker]->round(kNow); }
  [[nodiscard]] const switching::Counters& counters(WorkerId worker) const {
    return channels[worker].counters;
  }
  [[nodiscard]] std::uint64_t drops(WorkerId worker, DropReason reason) const {
    return counters(worker).drops[static_cast<std::size_t>(reason)].value();
  }

  NoBufferLost checked;
  StartedPorts ports;
  switching::SnapshotCompiler compiler{{}, 2};
  rcu::Publisher<switching::Snapshot> publisher{compiler.compile(plain_cluster()), 2};
  std::array<WorkerChannel, 2> channels;
  Doorbell doorbell;
  std::array<LocalPath, 2> paths{LocalPath{doorbell}, LocalPath{doorbell}};
  Handoff handoff{2};
  std::array<RingDevice, 2> network{RingDevice{kNetworkDevice, 0}, RingDevice{kNetworkDevice, 1}};
  std::array<RingDevice, 2> interconnect{RingDevice{kInterconnectDevice, 0},
                                         RingDevice{kInterconnectDevice, 1}};
  WorkerGroup group{std::array{&channels[0], &channels[1]}};
  std::array<std::unique_ptr<Worker>, 2> workers{make(0), make(1)};

 private:
  [[nodiscard]] std::unique_ptr<Worker> make(WorkerId id) {
    const WorkerSettings settings{test::Gateway::small_limits(), 0x5eed, {}};
    return std::make_unique<Worker>(
        id, settings,
        WorkerParts{test_devices().ports(), test_pool(), publisher, channels[id], paths[id],
                    *std::pmr::get_default_resource(), &handoff});
  }
};

}  // namespace encluster::datapath
