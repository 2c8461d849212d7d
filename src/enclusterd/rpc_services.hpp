// What the gateway itself does for the cluster's RPC programs: its rpcbind knows them, and somebody
// tells MOUNT's lists of all nodes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <vector>

#include "control/cluster_controller.hpp"
#include "control/configuration.hpp"
#include "control/log.hpp"
#include "enclusterd/rpc_registration.hpp"
#include "mount_responder/responder.hpp"

namespace encluster {

/// One thread, the context's.
class RpcServices {
 public:
  /// Nothing happens before serve(). All must outlive it.
  RpcServices(boost::asio::io_context& context, control::ClusterController& controller,
              control::Logger& log)
      : context_(context), controller_(controller), log_(log), registration_(context, log) {}

  /// From now on, what this configuration has. It is the current one, and the local stack is set
  /// up. @throws switching::CompileError
  void serve(const control::Configuration& configuration);
  /// As RpcRegistration has them.
  void serve_nodes(const std::vector<control::ToldProgram>& programs) {
    registration_.serve(programs);
  }
  void nodes_known() { registration_.nodes_known(); }
  /// What became of calls for lists, as far as there may be any.
  void log_counts() const;

 private:
  void serve_lists();

  boost::asio::io_context& context_;
  control::ClusterController& controller_;
  control::Logger& log_;
  RpcRegistration registration_;
  std::optional<mount_responder::Responder> lists_;  ///< nothing: no service of plugin `mount`
};

}  // namespace encluster
