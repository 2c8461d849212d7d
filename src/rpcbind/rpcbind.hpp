// The machine's rpcbind: which RPC programs are where (RFC 1833), by its local socket and libtirpc.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::rpcbind {

/// What rpcbind knows of one version of a program, over one network.
struct Registration {
  std::uint32_t program = 0;
  std::uint32_t version = 0;
  std::string network;  ///< as in netconfig(5): "udp" and "tcp" are IPv4
  std::string address;  ///< universal (RFC 5665): "0.0.0.0.3.107" is port 875 at any address
  /// Who registered it: a user's number, "superuser", or "unknown" where the request came over the
  /// loopback interface, for which rpcbind wants a privileged port.
  std::string owner;

  friend auto operator<=>(const Registration&, const Registration&) = default;
};

/// The universal address of a port at any address.
[[nodiscard]] std::string any_address(PortNumber port);

/// Until rpcbind is taken for dead.
inline constexpr std::chrono::seconds kLimit{2};

/// What rpcbind can be asked for. Replaced in unit tests.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  virtual ~Registry() = default;

  /// Everything that is registered, in no order. Programs may have ended.
  [[nodiscard]] virtual std::vector<Registration> list() = 0;
  /// Registers it, with this process' user as the owner. @return false if something is registered
  /// for this program, version and network, or this process may not
  virtual bool set(const Registration& registration) = 0;
  /// Removes it, wherever it is. @return false if there is none, or this process may not
  virtual bool unset(const Registration& registration) = 0;
};

/// A connection to rpcbind. Every function blocks for up to kLimit, the constructor for twice that,
/// and throws std::runtime_error if rpcbind does not answer. One thread at a time.
class Rpcbind final : public Registry {
 public:
  Rpcbind();
  ~Rpcbind() override;

  [[nodiscard]] std::vector<Registration> list() override;
  bool set(const Registration& registration) override;
  bool unset(const Registration& registration) override;

 private:
  class Client;
  bool change(std::uint32_t procedure, const Registration& registration);

  std::unique_ptr<Client> client_;
};

}  // namespace encluster::rpcbind
