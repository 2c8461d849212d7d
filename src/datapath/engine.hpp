// The running data path: workers and TAP pump, each on its thread.
#pragma once

#include <memory>
#include <vector>

#include "datapath/devices.hpp"
#include "datapath/tap_pump.hpp"
#include "datapath/worker.hpp"
#include "datapath/worker_group.hpp"
#include "rcu/publisher.hpp"
#include "switching/counters.hpp"
#include "switching/snapshot.hpp"

namespace encluster::datapath {

/// Packets flow from the constructor's end to stop(). Control thread only.
class Engine {
 public:
  /// Starts the devices and threads. The arguments outlive the engine; the TAPs stay open.
  /// @param workers how many; each owns a part of the remotes. At most as many as the devices were
  /// made for
  /// @param publisher has room for readers 0 to `workers` - 1
  /// @throws DatapathError, std::bad_alloc, std::system_error
  Engine(Devices& devices, std::uint32_t workers, const WorkerSettings& settings,
         rcu::Publisher<switching::Snapshot>& publisher, const TapDescriptors& taps);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// Ends the threads and stops the devices. Commands that are still unanswered never will be.
  /// Counters stay readable.
  void stop() noexcept;

  [[nodiscard]] WorkerGroup& workers() noexcept;
  /// One block for every thread that counts. The sum is what the gateway did.
  [[nodiscard]] std::vector<const switching::Counters*> counters() const;

 private:
  struct Threads;

  void launch_workers();

  Devices& devices_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace encluster::datapath
