// The REST interface of the running gateway, and the files that it needs.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "control/configuration.hpp"
#include "control/log.hpp"
#include "control/roster.hpp"
#include "enclusterd/rest_gateway.hpp"
#include "rest/bearer_token.hpp"
#include "rest/server.hpp"

namespace encluster {

/// Reads the token; does nothing without `rest`.
/// @throws control::ConfigurationError which names the file and says how to make it
void check_rest_files(const control::Configuration& configuration);

/// What was changed of the nodes before; nothing without `rest`. What is wrong is logged.
[[nodiscard]] control::Roster open_roster(const control::Configuration& configuration,
                                          control::Logger& log);

/// Changes of nodes that the configuration does not have are over. What goes wrong is logged.
void forget_absent_nodes(control::Roster& roster, const control::Configuration& configuration,
                         control::Logger& log);

/// Control thread only.
class RestEndpoint {
 public:
  /// Listens where `rest` says. @pre the configuration has it
  /// @throws control::CredentialsError, std::runtime_error
  RestEndpoint(const boost::asio::any_io_executor& executor, const RestParts& parts);

  void set_token(rest::BearerToken token) { server_.set_token(std::move(token)); }

 private:
  RestGateway gateway_;
  rest::Server server_;
};

}  // namespace encluster
