#include "enclusterd/rest_endpoint.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "control/secret_file.hpp"

namespace encluster {

using control::Configuration;

namespace {

constexpr Ipv4Prefix kLoopback{Ipv4Address(127, 0, 0, 0), 8};

}  // namespace

void check_rest_files(const Configuration& configuration) {
  if (!configuration.rest) return;
  control::ConfigurationReport report(configuration.places);
  try {
    static_cast<void>(rest::BearerToken::read(configuration.rest->token_file));
  } catch (const control::CredentialsError& problem) {
    report.complain("rest.token_file",
                    fmt::format("{}; make it with: enclusterctl keys --config {}", problem.what(),
                                configuration.places.file().string()));
  }
  report.raise_if_any();
}

control::Roster open_roster(const Configuration& configuration, control::Logger& log) {
  if (!configuration.rest) return {};
  control::Roster roster(configuration.rest->roster_file);
  if (!roster.problem().empty()) {
    log.error("roster_damaged", {{"problem", roster.problem()}});
  }
  forget_absent_nodes(roster, configuration, log);
  for (const auto& [node, change] : roster.changes()) {
    const std::string weight = change.weight ? std::to_string(*change.weight) : "configured";
    const char* const draining = !change.draining   ? "configured"
                                 : *change.draining ? "true"
                                                    : "false";
    log.info("roster", {{"node", node}, {"weight", weight}, {"draining", draining}});
  }
  return roster;
}

void forget_absent_nodes(control::Roster& roster, const Configuration& configuration,
                         control::Logger& log) {
  std::set<std::string> present{std::string(control::kGatewayName)};
  for (const control::NodeConfig& node : configuration.nodes) present.insert(node.name);
  try {
    for (const std::string& node : roster.keep_only(present)) {
      log.warning("roster_forgets", {{"node", node}});
    }
  } catch (const std::exception& problem) {
    log.error("roster_failed", {{"problem", problem.what()}});
  }
}

RestEndpoint::RestEndpoint(const boost::asio::any_io_executor& executor, const RestParts& parts)
    : gateway_(parts),
      server_(executor, gateway_, rest::BearerToken::read(parts.configuration.rest->token_file),
              parts.log) {
  const control::RestConfig& rest = *parts.configuration.rest;
  server_.listen(rest.address, rest.port);
  const std::string address = control::to_text(rest.address);
  parts.log.info("rest", {{"address", address}, {"port", rest.port.value()}});
  if (!kLoopback.contains(rest.address)) {
    parts.log.warning("rest_exposed",
                      {{"address", address}, {"problem", "the token is sent as plain text"}});
  }
}

}  // namespace encluster
