// The cluster's RPC programs in the gateway's own rpcbind, which is the cluster's portmapper
// (paper: "Encapsulated Cluster MOUNT Server").
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "control/configuration.hpp"
#include "control/log.hpp"
#include "control/service_rows.hpp"
#include "rpcbind/synchronize.hpp"

namespace encluster {

/// Registers programs, and again whenever rpcbind has forgotten them. One thread, the context's;
/// what blocks has a thread of its own.
class RpcRegistration {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds kPeriod{2};  ///< from one look at rpcbind to the next
  /// Nodes may change what they offer as often as they like: rpcbind is left alone for so long.
  static constexpr std::chrono::milliseconds kPause{100};

  /// Nothing happens before the first call. The context and the log must outlive it.
  RpcRegistration(boost::asio::io_context& context, control::Logger& log);
  /// Removes what is registered. Blocks for as long as rpcbind does, some seconds at most.
  ~RpcRegistration();
  RpcRegistration(const RpcRegistration&) = delete;
  RpcRegistration& operator=(const RpcRegistration&) = delete;

  /// From now on, what the services of plugins `mount` and `nfs` are is to be registered, in
  /// whosever place; and programs that `agents` allows may be nodes'.
  void configure(const control::Configuration& configuration);
  /// From now on exactly these are nodes'. They give way to programs of this machine.
  void serve(const std::vector<control::ToldProgram>& programs);
  /// Nodes have told what they offer: what else a gateway before this one registered for them is
  /// removed.
  void nodes_known();

 private:
  struct Outcome {
    rpcbind::Changes changes;
    std::string problem;
  };

  [[nodiscard]] static Outcome synchronize(const rpcbind::Plan& plan) noexcept;
  [[nodiscard]] bool is_idle() const noexcept;
  void synchronize_soon();
  void await(Clock::time_point time);
  void begin();
  void take(const Outcome& outcome);
  void tell(const char* event, const std::vector<rpcbind::Registration>& registrations);
  void tell_yielded(const std::vector<rpcbind::Registration>& yielded);
  void tell_problem(std::string problem);

  boost::asio::io_context& context_;
  control::Logger& log_;
  boost::asio::steady_timer timer_;
  rpcbind::Plan plan_;  ///< of_nodes: all that were allowed since the start
  bool nodes_known_ = false;
  bool busy_ = false;
  bool again_ = false;  ///< the plan changed while busy
  Clock::time_point ended_{};
  std::vector<rpcbind::Registration> yielded_;  ///< as logged
  std::string problem_;                         ///< as logged
  boost::asio::thread_pool thread_{1};  ///< the last member: joined before the others are gone
};

}  // namespace encluster
