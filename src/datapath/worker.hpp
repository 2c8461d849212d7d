// A thread that does nothing but carry packets.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "datapath/dispatcher.hpp"
#include "datapath/handoff.hpp"
#include "datapath/idle.hpp"
#include "datapath/local_path.hpp"
#include "datapath/mbuf_pool.hpp"
#include "datapath/ports.hpp"
#include "datapath/receiver.hpp"
#include "datapath/worker_channel.hpp"
#include "rcu/publisher.hpp"
#include "switching/pipeline.hpp"
#include "switching/snapshot.hpp"

namespace encluster::datapath {

struct WorkerSettings {
  switching::PipelineLimits limits;
  std::uint64_t seed = 0;  ///< secret of the hash functions
  IdleSettings idle;
};

/// What a worker works with. All of it outlives the worker.
struct WorkerParts {
  const Ports& ports;
  MbufPool& pool;
  rcu::Publisher<switching::Snapshot>& publisher;
  WorkerChannel& channel;             ///< to and from the control thread
  LocalPath& local;                   ///< to and from the TAP pump
  std::pmr::memory_resource& memory;  ///< for the connection table
  Handoff* handoff = nullptr;         ///< to and from other workers; null if there are none
};

/// Made and destroyed by the control thread; run() is the worker thread. Serves its
/// queues of every device. Each published snapshot has as many networks as there are devices.
class Worker {
 public:
  Worker(WorkerId id, const WorkerSettings& settings, const WorkerParts& parts);

  /// Carries packets until stop().
  void run() noexcept;
  /// Any thread: lets run() return after the round it is in.
  void stop() noexcept { stopping_.store(true, std::memory_order_relaxed); }

  /// One round of run(): every source of work once. For tests, which stand for the thread then, and
  /// are online. @return how many packets and commands there were
  std::size_t round(Seconds now) noexcept;
  [[nodiscard]] rcu::Publisher<switching::Snapshot>::Reader& reader() noexcept { return reader_; }

 private:
  std::size_t carry_out_commands(const switching::Snapshot& snapshot, Seconds now) noexcept;
  std::size_t serve_networks(const switching::Snapshot& snapshot, Seconds now) noexcept;
  std::size_t serve_interconnect(const switching::Snapshot& snapshot, Seconds now) noexcept;
  std::size_t serve_local_stack(const switching::Snapshot& snapshot, Seconds now) noexcept;
  std::size_t serve_other_workers(const switching::Snapshot& snapshot, Seconds now) noexcept;
  [[nodiscard]] std::span<Packet> own(std::span<Packet> burst) noexcept;
  void maintain(const switching::Snapshot& snapshot, Seconds now) noexcept;
  void dispatch(std::span<Packet> burst) noexcept;

  /// A network's receive queue that this worker polls.
  struct Source {
    NicPort* port;
    std::uint16_t queue;
    NetworkIndex network;
  };
  static std::vector<Source> sources_of(WorkerId id, const Ports& ports);

  std::vector<Source> networks_;
  NicPort& interconnect_;
  std::optional<std::uint16_t> interconnect_queue_;
  LocalPath& local_;
  rcu::Ring<switching::Command>& commands_;
  rcu::Publisher<switching::Snapshot>::Reader reader_;
  Receiver receiver_;
  switching::Pipeline pipeline_;
  Dispatcher dispatcher_;
  std::optional<Exchange> exchange_;  ///< nothing if this is the only worker
  Idle idle_;
  std::atomic<bool> stopping_{false};
};

}  // namespace encluster::datapath
