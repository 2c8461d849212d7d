// What this node exports over NFS, as a remote would find it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/rpc_programs.hpp"
#include "agent_protocol/messages.hpp"
#include "encluster/types.hpp"
#include "nfs_probe/nfs_probe.hpp"

namespace encluster::agent {

/// Numbers of exports are unique in the cluster: the node's times 64, and that of the export.
inline constexpr std::uint8_t kMaxExportId = 63;

/// An entry of `exports`.
struct ConfiguredExport {
  std::string path;       ///< that remotes mount
  std::string directory;  ///< where it is on this node
  std::uint8_t id = 0;    ///< 1 to kMaxExportId, differs among a node's exports; 0: none
  bool read_only = false;
  std::vector<Ipv4Prefix> clients{};  ///< who may use it; empty: everybody

  friend bool operator==(const ConfiguredExport&, const ConfiguredExport&) = default;
};

/// By path: why its file system is not known.
using Problems = std::map<std::string, std::string>;

/// What was found, and what was not.
struct FoundExports {
  agent_protocol::Exports exports;
  Problems problems{};

  friend bool operator==(const FoundExports&, const FoundExports&) = default;
};

/// Where exports are looked for. Each may be replaced by a test.
struct ExportSources {
  /// This node's own address on the interconnect, from which its servers are asked.
  std::function<Ipv4Address()> address;
  std::function<std::vector<RpcProgram>()> programs;
  std::function<std::string()> mountinfo;
  std::function<nfs_probe::Directory(const nfs_probe::Server&, Ipv4Address, const std::string&)>
      probe;
};

/// The sources of this machine. @param gateway towards which the interconnect is
[[nodiscard]] ExportSources export_sources(Ipv4Address gateway);

/// Asks the node's mountd and NFS server for each export, and for what is mounted below it: that is
/// a file system of its own to clients (crossmnt), or none that they get to. Blocks, for a few
/// milliseconds where servers answer; a server that does not is asked once. Any thread.
/// @param exports rising by path
[[nodiscard]] FoundExports find_exports(const std::vector<ConfiguredExport>& exports,
                                        const ExportSources& sources);

}  // namespace encluster::agent
