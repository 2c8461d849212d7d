// The cluster's DUMP: what its nodes tell, asked for when somebody wants it, and kept for a moment.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "control/log.hpp"
#include "mount_responder/dump_round.hpp"
#include "mount_responder/mounts.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::mount_responder {

/// The cluster as it is now; of the executor's thread.
using Cluster = std::function<const switching::ClusterState&()>;

/// The mountds of those that have exports, the gateway among them, each once.
[[nodiscard]] std::vector<Mountd> mountds_of(const switching::ClusterState& cluster);

/// One thread, the executor's.
class Collector {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(std::span<const std::byte> list)>;

  struct Limits {
    std::chrono::milliseconds fresh{2000};  ///< how long a list is told without asking nodes again
    std::size_t waiting = 256;              ///< who may wait for one list
    DumpRound::Limits round;
  };

  /// @param log outlives this object
  Collector(boost::asio::any_io_executor executor, Cluster cluster, Limits limits,
            control::Logger& log);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  ~Collector();

  /// Calls `done` with the list as XDR (Mounts::as_xdr): at once, or when the nodes have been
  /// asked, which all who wait share. Nodes that don't answer are left out, and logged when that
  /// begins and when it ends.
  /// @return false, and nothing is called, if too many wait
  [[nodiscard]] bool ask(Done done);

 private:
  void begin();
  void heard(NodeId node, const std::optional<std::vector<MountEntry>>& list);
  void note(NodeId node, const char* problem);
  void over(const std::vector<NodeId>& silent);

  boost::asio::any_io_executor executor_;
  Cluster cluster_;
  Limits limits_;
  control::Logger& log_;
  std::shared_ptr<DumpRound> round_;  ///< null: nobody waits
  std::optional<Mounts> mounts_;      ///< of the round
  std::vector<Done> waiting_;
  std::optional<Bytes> list_;  ///< as told last
  Clock::time_point told_;     ///< when its round was over
  std::set<NodeId> unknown_;   ///< nodes whose lists are missing, as logged
};

}  // namespace encluster::mount_responder
