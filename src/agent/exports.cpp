#include "agent/exports.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "agent/machine.hpp"
#include "agent/mounts_below.hpp"
#include "agent_protocol/codec.hpp"
#include "control/file_descriptor.hpp"
#include "nfs/file_handle.hpp"

namespace encluster::agent {

using agent_protocol::ExportedFileSystem;
using agent_protocol::NodeExport;

namespace {

constexpr std::uint32_t kMountProgram = 100005;
constexpr std::uint32_t kNfsProgram = 100003;
constexpr std::size_t kMaxBelow = 64;  ///< mounts that are looked at, of one export

/// The address that this machine has towards the other one. @throws std::runtime_error
Ipv4Address own_address(Ipv4Address towards) {
  const control::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(towards.value());
  address.sin_port = htons(1);  // nothing is sent
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (socket.get() < 0 || ::connect(socket.get(), generic, size) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0) {
    throw std::runtime_error(std::strerror(errno));
  }
  return Ipv4Address(ntohl(address.sin_addr.s_addr));
}

std::optional<PortNumber> udp_port_of(std::uint32_t program,
                                      const std::vector<RpcProgram>& programs) {
  for (const RpcProgram& one : programs) {
    // What users registered is not the node's server.
    if (one.number == program && one.port.protocol == Protocol::udp && !one.user) {
      return one.port.port;
    }
  }
  return std::nullopt;
}

/// Asks for one path after the other. After a server did not answer, nobody is asked any more.
class Finder {
 public:
  Finder(const ExportSources& sources, nfs_probe::Server server, Problems& problems)
      : sources_(sources), server_(server), mountinfo_(sources.mountinfo()), problems_(problems) {}

  /// @throws std::runtime_error: the export's file system is not known
  NodeExport find(const ConfiguredExport& exported) {
    NodeExport found{.path = exported.path};
    found.file_systems.push_back(ask(exported.path));
    const auto mounts = mounts_below(exported.directory, mountinfo_);
    for (const std::string& place : std::span(mounts).first(std::min(mounts.size(), kMaxBelow))) {
      add_below(exported, place, found);
    }
    return found;
  }

 private:
  ExportedFileSystem ask(const std::string& path) {
    if (silent_) throw nfs_probe::NoAnswer(*silent_);
    try {
      const auto directory = sources_.probe(server_, server_.address, path);
      return {path, nfs::key_of(directory.handle), directory.fsid};
    } catch (const nfs_probe::NoAnswer& problem) {
      silent_ = problem.what();
      throw;
    }
  }

  /// What is mounted there is no part of the export if the server says so, or shows the file system
  /// that is known already.
  void add_below(const ConfiguredExport& exported, const std::string& place, NodeExport& found) {
    const std::size_t above = exported.directory == "/" ? 0 : exported.directory.size();
    const std::string path = (exported.path == "/" ? "" : exported.path) + place.substr(above);
    if (!agent_protocol::is_path(path)) {
      problems_[path] = "a path that cannot be told: too long, or no text";
      return;
    }
    try {
      const ExportedFileSystem below = ask(path);
      const bool known = std::ranges::any_of(found.file_systems, [&](const auto& one) {
        return one.key == below.key && one.fsid == below.fsid;
      });
      if (!known) found.file_systems.push_back(below);
    } catch (const nfs_probe::Denied&) {
      return;
    }
  }

  const ExportSources& sources_;
  nfs_probe::Server server_;
  std::string mountinfo_;
  Problems& problems_;
  std::optional<std::string> silent_;  ///< why the server did not answer
};

nfs_probe::Server server_of(const ExportSources& sources) {
  const auto programs = sources.programs();
  const auto mount_port = udp_port_of(kMountProgram, programs);
  const auto nfs_port = udp_port_of(kNfsProgram, programs);
  if (!mount_port) throw std::runtime_error("rpcbind knows no mountd over UDP");
  if (!nfs_port) throw std::runtime_error("rpcbind knows no NFS server over UDP");
  return {sources.address(), *mount_port, *nfs_port};
}

/// Leaves out what does not fit into a message.
class Budget {
 public:
  bool has_room_for(const NodeExport& exported) {
    std::size_t bytes = exported.path.size();
    for (const ExportedFileSystem& one : exported.file_systems) bytes += one.path.size();
    if (file_systems_ + exported.file_systems.size() > agent_protocol::kMaxFileSystems ||
        path_bytes_ + bytes > agent_protocol::kMaxPathBytes) {
      return false;
    }
    file_systems_ += exported.file_systems.size();
    path_bytes_ += bytes;
    return true;
  }

 private:
  std::size_t file_systems_ = 0;
  std::size_t path_bytes_ = 0;
};

}  // namespace

ExportSources export_sources(Ipv4Address gateway) {
  return {.address = [gateway] { return own_address(gateway); },
          .programs = rpc_programs,
          .mountinfo = [] { return read_file("/proc/self/mountinfo"); },
          .probe = nfs_probe::probe};
}

FoundExports find_exports(const std::vector<ConfiguredExport>& exports,
                          const ExportSources& sources) {
  FoundExports found;
  std::optional<Finder> finder;
  std::string unreachable;
  try {
    const nfs_probe::Server server = server_of(sources);
    found.exports.mount_port = server.mount_port;
    finder.emplace(sources, server, found.problems);
  } catch (const std::runtime_error& problem) {
    unreachable = problem.what();
  }
  Budget budget;
  for (const ConfiguredExport& exported : exports) {
    NodeExport one{.path = exported.path};
    try {
      if (!finder) throw std::runtime_error(unreachable);
      one = finder->find(exported);
      if (one.file_systems.front().key.kind() == FileSystemKeyKind::none) {
        found.problems[exported.path] = "a file handle of no known server";
      }
    } catch (const std::runtime_error& problem) {
      found.problems[exported.path] = problem.what();
    }
    if (budget.has_room_for(one)) {
      found.exports.exports.push_back(std::move(one));
    } else {
      found.problems[exported.path] = "too many exports and file systems";
    }
  }
  return found;
}

}  // namespace encluster::agent
