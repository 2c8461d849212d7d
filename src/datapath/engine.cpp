#include "datapath/engine.hpp"

#include <rte_launch.h>

#include <cassert>
#include <thread>

#include "datapath/error.hpp"
#include "datapath/huge_memory.hpp"

namespace encluster::datapath {

namespace {

constexpr WorkerId kWorker = 0;

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

}  // namespace

/// What the threads work on, in the order of dependence.
struct Engine::Threads {
  Threads(Devices& devices, const WorkerSettings& settings,
          rcu::Publisher<switching::Snapshot>& publisher, const TapDescriptors& taps)
      : path(doorbell),
        handle(channel),
        pump(taps, path, doorbell, devices.pool(), longest_frame(devices.ports())),
        worker(kWorker, settings,
               {devices.ports(), devices.pool(), publisher, channel, path, memory}) {}

  HugeMemory memory;
  WorkerChannel channel;
  Doorbell doorbell;
  LocalPath path;
  WorkerHandle handle;
  TapPump pump;
  Worker worker;
  std::thread pump_thread;
};

Engine::Engine(Devices& devices, const WorkerSettings& settings,
               rcu::Publisher<switching::Snapshot>& publisher, const TapDescriptors& taps)
    : devices_(devices), threads_(std::make_unique<Threads>(devices, settings, publisher, taps)) {
  assert(taps.networks.size() == devices_.ports().networks.size());
  datapath::start(devices_.ports());
  threads_->pump_thread = std::thread([&pump = threads_->pump] { pump.run(); });
  if (const int failed = rte_eal_remote_launch(run_worker, &threads_->worker, lcore_of(kWorker))) {
    stop();
    fail("the worker does not start", failed, "give DPDK a thread for one worker");
  }
}

Engine::~Engine() { stop(); }

void Engine::stop() noexcept {
  threads_->worker.stop();
  rte_eal_wait_lcore(lcore_of(kWorker));
  threads_->pump.stop();
  if (threads_->pump_thread.joinable()) threads_->pump_thread.join();
  datapath::stop(devices_.ports());
}

WorkerHandle& Engine::worker() noexcept { return threads_->handle; }

std::vector<const switching::Counters*> Engine::counters() const {
  return {&threads_->channel.counters, &threads_->pump.counters()};
}

}  // namespace encluster::datapath
