// Asks an NFS server what a client would: where a directory's handle leads (RFC 1813).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::nfs_probe {

struct Server {
  Ipv4Address address;
  PortNumber mount_port;  ///< UDP, as the next
  PortNumber nfs_port;
};

/// What a directory is to a client.
struct Directory {
  std::vector<std::byte> handle;  ///< at most 64 bytes
  std::uint64_t fsid = 0;         ///< of its file system, as GETATTR tells
};

/// How long a server may take for an answer; it is asked again meanwhile.
inline constexpr std::chrono::seconds kLimit{1};

/// The server does not answer, or not as the RFC says.
class NoAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The server answers that the directory is not to be had.
class Denied : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// By MNT of MOUNT 3 and GETATTR of NFS 3, over UDP, from `from`, at a port below 1024 where this
/// process may bind one: servers refuse others, unless told otherwise. Blocks for twice kLimit at
/// most; any thread. @throws NoAnswer, Denied
[[nodiscard]] Directory probe(const Server& server, Ipv4Address from, const std::string& path);

}  // namespace encluster::nfs_probe
