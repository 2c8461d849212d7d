// Hands the connections that nodes report to the workers that own the remotes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "datapath/worker_group.hpp"
#include "encluster/types.hpp"
#include "switching/worker_event.hpp"

namespace encluster::recovery {

/// What the tables made of a report.
struct Restored {
  std::uint64_t connections = 0;  ///< that they have now
  std::uint64_t conflicts = 0;    ///< that another node has
  std::uint64_t refused = 0;      ///< for which there was no room

  Restored& operator+=(const Restored& other) noexcept;
};

/// Control thread only. A report may be of any size: a worker gets a little of it at a time.
class Restorer {
 public:
  using Done = std::function<void(const Restored&)>;

  /// @param workers outlives the restorer
  explicit Restorer(datapath::WorkerGroup& workers);

  /// Has the node's connections recorded, where the gateway has to know them. `done` is called once
  /// they are: at once if there are none, else by a later poll of the workers' events.
  void restore(NodeId node, std::span<const agent_protocol::TcpSocket> sockets, Done done);
  /// Goes on where workers had no room for commands. Called whenever events were polled.
  void poll();

 private:
  /// What one call of restore() brought.
  struct Report {
    std::size_t pages = 0;  ///< not yet answered
    Restored sum;
    Done done;
  };
  struct Job {
    std::shared_ptr<switching::ReportPage> page;
    std::shared_ptr<Report> report;
  };
  /// One worker's.
  struct Queue {
    std::deque<Job> waiting;
    std::size_t under_way = 0;
  };

  void send_waiting(WorkerId worker);
  void answered(WorkerId worker, const Job& job, std::uint32_t connections);

  datapath::WorkerGroup& workers_;
  std::vector<Queue> queues_;  ///< index: WorkerId
};

}  // namespace encluster::recovery
