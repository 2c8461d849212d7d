// How calls of NFS and MOUNT are to be routed, written from RFC 1094, 1813 and 5531 and from
// docs/configuration.md, without regard to speed, and without the plugins' code.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "encluster/routing_function.hpp"
#include "support/rpc.hpp"

namespace encluster::reference {

/// Bytes `first` to `last` of handles name the file system, of servers that are not known.
using Range = std::optional<std::pair<std::size_t, std::size_t>>;

struct Cluster {
  std::vector<ExportConfig> exports;
  std::vector<NodePort> mount_ports;
  PortNumber lists_port{};  ///< of the gateway, where lists of the whole cluster are told
  Range range;
};

inline constexpr PortNumber kNfsPort{std::uint16_t{2049}};
inline constexpr PortNumber kMountPort{std::uint16_t{20048}};

enum class Service : std::uint8_t { nfs, mount };
[[nodiscard]] constexpr PortNumber port_of(Service service) noexcept {
  return service == Service::mount ? kMountPort : kNfsPort;
}

/// What becomes of a call to the service.
[[nodiscard]] test::Routed route(const Cluster& cluster, Service service,
                                 std::span<const std::byte> call, const test::Asker& asker);

/// The same of a call of which all is seen.
[[nodiscard]] test::Routed nfs_call(const Cluster& cluster, std::span<const std::byte> call,
                                    const test::Asker& asker);
[[nodiscard]] test::Routed mount_call(const Cluster& cluster, std::span<const std::byte> call,
                                      const test::Asker& asker);

/// The bytes are not what the RFC says.
class Malformed : public std::runtime_error {
 public:
  Malformed() : std::runtime_error("malformed") {}
};

/// Reads XDR. @throws Malformed
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes.begin(), bytes.end()) {}

  std::uint32_t number();
  std::string opaque(std::size_t size);
  std::string string(std::size_t most);

 private:
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
};

/// The header of a call.
struct Header {
  std::uint32_t xid = 0;
  std::uint32_t program = 0;
  std::uint32_t version = 0;
  std::uint32_t procedure = 0;
};

/// An answer that is settled by the header, or the header and where the arguments begin.
struct Opened {
  std::optional<test::Routed> settled;
  Header header;
  std::optional<Reader> arguments;
};

/// @param programs that are served; each has versions `lowest` to `highest`
[[nodiscard]] Opened open_call(std::span<const std::byte> call,
                               const std::vector<std::uint32_t>& programs, std::uint32_t lowest,
                               std::uint32_t highest);

[[nodiscard]] test::Routed dropped(DropReason reason);
[[nodiscard]] test::Routed forwarded(NodeId node, PortNumber port);
/// An accepted reply: accept_stat, and what follows.
[[nodiscard]] test::Routed answered(std::uint32_t xid, std::uint32_t status,
                                    const std::vector<std::uint32_t>& words,
                                    DropReason reason = DropReason::none);

[[nodiscard]] bool is_client(const ExportConfig& exported, const test::Asker& asker);

}  // namespace encluster::reference
