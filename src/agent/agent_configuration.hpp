// What the agent is told by its configuration, config/agent.yaml.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/exports.hpp"
#include "agent/port_list.hpp"
#include "agent/services.hpp"
#include "control/configuration_format.hpp"
#include "control/secret_text.hpp"

namespace encluster::agent {

inline constexpr std::size_t kMaxGateways = 8;
inline constexpr const char* kDefaultSocket = "/run/encluster-agent/agent.sock";

inline constexpr std::size_t kMaxSeenItems = 64;

/// Ports that are leased for whatever program binds them.
struct LeaseSeen {
  PortSet udp;  ///< 512-1023 unless the configuration says otherwise
  PortSet tcp;  ///< of listeners; none unless it says so

  /// @post the ports of the paper's privileged range, by UDP
  LeaseSeen();
};

struct AgentConfiguration {
  std::string node;                         ///< this node's name in the gateway's configuration
  std::uint16_t number = 0;                 ///< its `id` there; 0: not said
  std::vector<control::Endpoint> gateways;  ///< 1 to kMaxGateways that differ, in order of trial
  control::Bytes32 fingerprint{};           ///< of the gateway's certificate: SHA-256 of its DER
  std::filesystem::path token_file;         ///< found from wherever the program was started
  std::filesystem::path socket = kDefaultSocket;  ///< absolute, fits an AF_UNIX address
  LeaseSeen lease_seen;
  Offers services;
  std::vector<ConfiguredExport> exports;  ///< at most kMaxExports, rising by path
  control::Bytes32 token{};  ///< what token_file holds
};

/// Reads the file, and the token it names. @throws control::ConfigurationError
[[nodiscard]] AgentConfiguration parse_agent_configuration(const std::filesystem::path& file);

/// The same without the token, of a text that `file` is said to hold.
/// @throws control::ConfigurationError
[[nodiscard]] AgentConfiguration parse_agent_configuration_text(const std::string& text,
                                                                const std::filesystem::path& file);

/// The path of an AF_UNIX socket: absolute, at most 107 bytes.
[[nodiscard]] control::Format<std::filesystem::path> socket_path();

}  // namespace encluster::agent
