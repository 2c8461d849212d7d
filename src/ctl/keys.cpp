#include "ctl/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "control/configuration.hpp"
#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "control/parse_configuration.hpp"
#include "control/rest_token.hpp"
#include "ctl/certificate.hpp"
#include "ctl/files.hpp"
#include "ctl/token_file.hpp"

namespace encluster::ctl {

namespace {

namespace fs = std::filesystem;

/// The gateway's part of the set.
struct GatewayFiles {
  fs::path key;
  fs::path certificate;
  fs::path tokens;
};

/// @throws control::ConfigurationError
void require_listeners(const control::Configuration& configuration) {
  if (configuration.agents.has_value() || configuration.rest.has_value()) return;
  control::ConfigurationReport report(configuration.places);
  report.refuse("agents", "nothing",
                "a section such as agents: {listen: " +
                    control::to_text(configuration.interconnect.address.address) +
                    ":7077, token_file: agents.token}");
  report.raise();
}

/// @pre the configuration has `agents`
GatewayFiles files_of(const control::Configuration& configuration) {
  const control::AgentsConfig& agents = *configuration.agents;
  return {agents.key_file, agents.certificate_file, agents.token_file};
}

/// Where agents find the gateway. @pre the configuration has `agents`
std::string gateway_endpoint(const control::Configuration& configuration) {
  return fmt::format("{}:{}", control::to_text(configuration.agents->address),
                     configuration.agents->port.value());
}

/// The lines that tell what became of each file.
class Account {
 public:
  explicit Account(std::ostream& output) : output_(output) {}

  void tell(std::string_view what, const fs::path& file, std::string_view more = {}) {
    output_ << fmt::format("{:<8} {}{}\n", what, file.string(), more);
  }

  /// Writes the content where it differs from what is there, and tells.
  void settle(const fs::path& file, const std::string& content, Readable readable,
              std::string_view more = {}) {
    const auto present = read_file(file, readable);
    if (present != content) replace_file(file, content, readable);
    tell(!present ? "made" : *present == content ? "kept" : "changed", file, more);
  }

 private:
  std::ostream& output_;
};

/// A pair that is there. @throws std::runtime_error if it is none
void check_pair(const GatewayFiles& files, const std::string& key, const std::string& certificate) {
  const std::string remedy = fmt::format(
      "; bring the right one back, or remove both {} and {} to get new ones, whose fingerprint "
      "every "
      "node then needs",
      files.key.string(), files.certificate.string());
  bool well = false;
  try {
    well = fit(key, certificate);
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(fmt::format("{} or {}: {}{}", files.key.string(),
                                         files.certificate.string(), problem.what(), remedy));
  }
  if (!well) {
    throw std::runtime_error(fmt::format("{} is not for the key {}{}", files.certificate.string(),
                                         files.key.string(), remedy));
  }
}

/// @return the certificate, PEM
std::string settle_identity(const GatewayFiles& files, const std::string& cluster,
                            Account& account) {
  auto key = read_file(files.key, Readable::by_owner);
  auto certificate = read_file(files.certificate, Readable::by_all);
  if (certificate && !key) {
    throw std::runtime_error(fmt::format(
        "{} is there without its key {}: bring the key back, or remove the certificate to get new "
        "ones, whose fingerprint every node then needs",
        files.certificate.string(), files.key.string()));
  }
  const std::string key_text = key ? *key : make_key();
  // The key first: a certificate can be made for a key, not the other way round.
  if (!key) replace_file(files.key, key_text, Readable::by_owner);
  account.tell(key ? "kept" : "made", files.key);
  std::string certificate_text = certificate ? *certificate : make_certificate(key_text, cluster);
  check_pair(files, key_text, certificate_text);
  if (!certificate) replace_file(files.certificate, certificate_text, Readable::by_all);
  account.tell(certificate ? "kept" : "made", files.certificate,
               ", fingerprint " + fingerprint(certificate_text));
  return certificate_text;
}

/// Of a file that may not be there. @throws std::runtime_error naming file and line
TokenFile read_tokens(const fs::path& file) {
  const auto present = read_file(file, Readable::by_owner);
  try {
    return parse_token_file(present.value_or(std::string()));
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(fmt::format("{}:{}", file.string(), problem.what()));
  }
}

std::string in_words(const TokenChanges& changes) {
  std::string text;
  for (const std::string& node : changes.added) text += fmt::format(", new token for {}", node);
  for (const std::string& node : changes.removed) {
    text += fmt::format(", removed that of {}", control::shown(node));
  }
  return text;
}

std::vector<std::string> node_names(const control::Configuration& configuration) {
  std::vector<std::string> names;
  for (const control::NodeConfig& node : configuration.nodes) names.push_back(node.name);
  return names;
}

std::map<std::string, NodeId> numbered(const control::Configuration& configuration) {
  std::map<std::string, NodeId> nodes;
  for (const control::NodeConfig& node : configuration.nodes) nodes.emplace(node.name, node.id);
  return nodes;
}

std::string agent_configuration(const std::string& node, NodeId number, const std::string& gateway,
                                const std::string& certificate_fingerprint) {
  return fmt::format(
      "# Made by enclusterctl keys, and made again whenever it runs.\n"
      "node: {}\n"
      "number: {}\n"
      "gateways: [{}]\n"
      "fingerprint: {}\n"
      "token_file: agent.token\n",
      node, number.value(), gateway, certificate_fingerprint);
}

/// Folders of nodes that are no longer there hold tokens that are worth nothing: a person decides.
void tell_leftovers(const fs::path& out, const std::vector<std::string>& nodes, Account& account) {
  for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
    const std::string name = entry.path().filename().string();
    std::error_code unreadable;
    if (std::find(nodes.begin(), nodes.end(), name) == nodes.end() &&
        fs::exists(entry.path() / "agent.token", unreadable)) {
      account.tell("left", entry.path(), ", which is no node's: remove it");
    }
  }
}

void tell_next(const fs::path& out, const std::vector<std::string>& nodes, std::ostream& output) {
  output << "\nnext:\n";
  for (const std::string& node : nodes) {
    output << fmt::format("  copy {} to {}:/etc/encluster\n", (out / node).string() + "/*", node);
  }
  output << "  then send enclusterd SIGHUP (systemctl reload enclusterd), and start the agents\n";
}

/// The secret of who calls the REST interface.
void settle_rest_token(const fs::path& file, Account& account) {
  const auto present = read_file(file, Readable::by_owner);
  if (present) {
    static_cast<void>(control::parse_rest_token(*present, file));
  } else {
    replace_file(file, random_token() + '\n', Readable::by_owner);
  }
  account.tell(present ? "kept" : "made", file);
}

/// @pre the configuration has `agents`
void make_agents_keys(const control::Configuration& configuration, const fs::path& out,
                      Account& account) {
  const GatewayFiles files = files_of(configuration);
  const std::vector<std::string> nodes = node_names(configuration);
  TokenFile tokens = read_tokens(files.tokens);
  const std::string certificate = settle_identity(files, configuration.cluster.name, account);
  const TokenChanges changes = update_tokens(tokens, nodes);
  account.settle(files.tokens, format_token_file(tokens), Readable::by_owner, in_words(changes));

  make_folder(out);
  for (const auto& [node, number] : numbered(configuration)) {
    make_folder(out / node);
    account.settle(out / node / "agent.yaml",
                   agent_configuration(node, number, gateway_endpoint(configuration),
                                       fingerprint(certificate)),
                   Readable::by_all);
    account.settle(out / node / "agent.token", *tokens.token_of(node) + '\n', Readable::by_owner);
  }
  tell_leftovers(out, nodes, account);
}

}  // namespace

void make_keys(const KeysOptions& options, std::ostream& output) {
  const control::Configuration configuration = control::parse_configuration(options.config);
  require_listeners(configuration);
  const fs::path out = options.out.empty() ? options.config.parent_path() / "agents" : options.out;
  const fs::path& tokens =
      configuration.agents ? configuration.agents->token_file : configuration.rest->token_file;
  const auto lock = lock_folder(tokens.parent_path());
  Account account(output);
  if (configuration.rest) settle_rest_token(configuration.rest->token_file, account);
  if (!configuration.agents) return;
  make_agents_keys(configuration, out, account);
  tell_next(out, node_names(configuration), output);
}

}  // namespace encluster::ctl
