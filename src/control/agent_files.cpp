#include "control/agent_files.hpp"

#include <fmt/format.h>

#include "control/agent_tls.hpp"
#include "control/agent_tokens.hpp"

namespace encluster::control {

void check_agent_files(const Configuration& configuration) {
  if (!configuration.agents) return;
  ConfigurationReport report(configuration.places);
  const auto attempt = [&](const char* key, const auto& read) {
    try {
      static_cast<void>(read());
    } catch (const CredentialsError& problem) {
      report.complain(key, fmt::format("{}; make them with: enclusterctl keys --config {}",
                                       problem.what(), configuration.places.file().string()));
    }
  };
  const AgentsConfig& agents = *configuration.agents;
  attempt("agents.token_file", [&] { return AgentTokens::read(agents.token_file); });
  attempt("agents", [&] { return make_agent_tls(agents.certificate_file, agents.key_file); });
  report.raise_if_any();
}

}  // namespace encluster::control
