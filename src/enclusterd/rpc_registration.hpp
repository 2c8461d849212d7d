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
#include "rpcbind/synchronize.hpp"

namespace encluster {

/// What the services of plugins `mount` and `nfs` are, as rpcbind lists it.
[[nodiscard]] std::vector<rpcbind::Registration> registrations_for(
    const control::Configuration& configuration);

/// Registers programs, and again whenever rpcbind has forgotten them. One thread, the context's;
/// what blocks has a thread of its own.
class RpcRegistration {
 public:
  static constexpr std::chrono::seconds kPeriod{2};  ///< from one look at rpcbind to the next

  /// Nothing happens before serve(). The context and the log must outlive it.
  RpcRegistration(boost::asio::io_context& context, control::Logger& log);
  /// Removes what is registered. Blocks for as long as rpcbind does, some seconds at most.
  ~RpcRegistration();
  RpcRegistration(const RpcRegistration&) = delete;
  RpcRegistration& operator=(const RpcRegistration&) = delete;

  /// From now on exactly these are to be registered.
  void serve(std::vector<rpcbind::Registration> wanted);

 private:
  struct Outcome {
    rpcbind::Changes changes;
    std::string problem;
  };

  [[nodiscard]] static Outcome synchronize(
      const std::vector<rpcbind::Registration>& wanted,
      const std::vector<rpcbind::Registration>& unwanted) noexcept;
  void begin();
  void take(const Outcome& outcome);
  void await_next();
  void tell(const char* event, const std::vector<rpcbind::Registration>& registrations);

  boost::asio::io_context& context_;
  control::Logger& log_;
  boost::asio::steady_timer timer_;
  std::vector<rpcbind::Registration> wanted_;
  std::vector<rpcbind::Registration> unwanted_;  ///< wanted before, and perhaps still there
  bool busy_ = false;
  std::string problem_;                 ///< as logged
  boost::asio::thread_pool thread_{1};  ///< the last member: joined before the others are gone
};

}  // namespace encluster
