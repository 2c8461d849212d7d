#include "datapath/engine.hpp"

#include <rte_launch.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <random>
#include <string>
#include <thread>

#include "datapath/error.hpp"
#include "datapath/handoff.hpp"
#include "datapath/huge_memory.hpp"
#include "switching/remote_hash.hpp"
#include "switching/steer.hpp"
#include "switching/steer_check.hpp"

namespace encluster::datapath {

namespace {

void start(Ports& ports) {
  for (const auto& network : ports.networks) network->start();
  ports.interconnect->start();
}

void stop(Ports& ports) noexcept {
  for (const auto& network : ports.networks) network->stop();
  ports.interconnect->stop();
}

std::uint32_t longest_frame(const Ports& ports) {
  std::uint32_t longest = ports.interconnect->max_frame();
  for (const auto& network : ports.networks) longest = std::max(longest, network->max_frame());
  return longest;
}

int run_worker(void* worker) {
  static_cast<Worker*>(worker)->run();
  return 0;
}

/// Several workers rely on it, and would not notice if it were wrong.
void check_steering(std::uint32_t workers) {
  constexpr std::size_t kFlows = 4096;
  const auto steering = [workers](std::span<const std::byte> frame, Origin origin) {
    return switching::steer(frame, origin, workers);
  };
  if (const auto problem =
          switching::check_steering(steering, workers, kFlows, std::random_device()())) {
    fail("the steering's self-test failed, " + *problem, EPROTO,
         "set `workers` to 1, and report this as a bug");
  }
}

}  // namespace

/// What the threads work on, in the order of dependence.
struct Engine::Threads {
  /// What one worker shares with others.
  struct Lane {
    explicit Lane(Doorbell& doorbell) : path(doorbell) {}
    WorkerChannel channel;
    LocalPath path;
  };

  Threads(Devices& devices, std::uint32_t count, const WorkerSettings& settings,
          rcu::Publisher<switching::Snapshot>& publisher, const TapDescriptors& taps)
      : handoff(count > 1 ? std::make_unique<Handoff>(count) : nullptr),
        lanes(make_lanes(count, doorbell)),
        group(channels()),
        pump(taps, paths(), doorbell, devices.pool(), longest_frame(devices.ports())) {
    for (std::uint32_t id = 0; id < count; ++id) {
      Lane& lane = *lanes[id];
      workers.push_back(
          std::make_unique<Worker>(static_cast<WorkerId>(id), settings,
                                   WorkerParts{devices.ports(), devices.pool(), publisher,
                                               lane.channel, lane.path, memory, handoff.get()}));
    }
  }

  static std::vector<std::unique_ptr<Lane>> make_lanes(std::uint32_t count, Doorbell& doorbell) {
    std::vector<std::unique_ptr<Lane>> made;
    for (std::uint32_t id = 0; id < count; ++id) made.push_back(std::make_unique<Lane>(doorbell));
    return made;
  }
  [[nodiscard]] std::vector<WorkerChannel*> channels() const {
    std::vector<WorkerChannel*> all;
    for (const auto& lane : lanes) all.push_back(&lane->channel);
    return all;
  }
  [[nodiscard]] std::vector<LocalPath*> paths() const {
    std::vector<LocalPath*> all;
    for (const auto& lane : lanes) all.push_back(&lane->path);
    return all;
  }

  HugeMemory memory;
  Doorbell doorbell;
  std::unique_ptr<Handoff> handoff;  ///< null if there is one worker
  std::vector<std::unique_ptr<Lane>> lanes;
  WorkerGroup group;
  TapPump pump;
  std::vector<std::unique_ptr<Worker>> workers;
  std::thread pump_thread;
};

Engine::Engine(Devices& devices, std::uint32_t workers, const WorkerSettings& settings,
               rcu::Publisher<switching::Snapshot>& publisher, const TapDescriptors& taps)
    : devices_(devices) {
  assert(workers > 0 && workers <= switching::kShardBuckets);
  assert(taps.networks.size() == devices_.ports().networks.size());
  if (workers > 1) check_steering(workers);
  threads_ = std::make_unique<Threads>(devices, workers, settings, publisher, taps);
  datapath::start(devices_.ports());
  threads_->pump_thread = std::thread([&pump = threads_->pump] { pump.run(); });
  launch_workers();
}

void Engine::launch_workers() {
  for (std::size_t id = 0; id < threads_->workers.size(); ++id) {
    const int failed = rte_eal_remote_launch(run_worker, threads_->workers[id].get(),
                                             lcore_of(static_cast<WorkerId>(id)));
    if (failed == 0) continue;
    stop();
    fail("worker " + std::to_string(id) + " does not start", failed,
         "give DPDK a thread for each worker");
  }
}

Engine::~Engine() { stop(); }

void Engine::stop() noexcept {
  for (const auto& worker : threads_->workers) worker->stop();
  for (std::size_t id = 0; id < threads_->workers.size(); ++id) {
    rte_eal_wait_lcore(lcore_of(static_cast<WorkerId>(id)));
  }
  threads_->pump.stop();
  if (threads_->pump_thread.joinable()) threads_->pump_thread.join();
  datapath::stop(devices_.ports());
}

WorkerGroup& Engine::workers() noexcept { return threads_->group; }

std::vector<const switching::Counters*> Engine::counters() const {
  std::vector<const switching::Counters*> blocks;
  for (const auto& lane : threads_->lanes) blocks.push_back(&lane->channel.counters);
  blocks.push_back(&threads_->pump.counters());
  return blocks;
}

}  // namespace encluster::datapath
