// Listens for callers of the REST interface (docs/rest-api.yaml).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "control/log.hpp"
#include "encluster/types.hpp"
#include "rest/bearer_token.hpp"
#include "rest/gateway.hpp"
#include "rest/limits.hpp"

namespace encluster::rest {

/// The listener and its connections. Control thread only: the executor's. The destructor closes
/// everything, and calls nobody any more; the executor's context outlives it.
class Server {
 public:
  /// @param gateway outlives the server
  Server(boost::asio::any_io_executor executor, Gateway& gateway, BearerToken token,
         control::Logger& log, const Limits& limits = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// @throws std::runtime_error if it cannot listen there
  void listen(Ipv4Address address, PortNumber port);
  /// Where it listens: another than it was told only if that is 0. @pre it listens
  [[nodiscard]] PortNumber port() const;
  /// From now on, callers have to present this one.
  void set_token(BearerToken token);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  ///< shared with its operations
};

}  // namespace encluster::rest
