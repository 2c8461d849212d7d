#include "control/guard_offloads.hpp"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "control/file_descriptor.hpp"
#include "control/kernel_error.hpp"

namespace encluster::control {
namespace {

/// An offload as ethtool's ioctl knows it (linux/ethtool.h). LRO has no command of its own: it is
/// one bit of the flags.
struct Offload {
  const char* name;
  std::uint32_t get;
  std::uint32_t set;
  std::uint32_t bit;
};

constexpr std::array kOffloads{
    Offload{"gro", ETHTOOL_GGRO, ETHTOOL_SGRO, 1},
    Offload{"lro", ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETH_FLAG_LRO},
    Offload{"tso", ETHTOOL_GTSO, ETHTOOL_STSO, 1},
    Offload{"gso", ETHTOOL_GGSO, ETHTOOL_SGSO, 1},
    Offload{"tx-checksum", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, 1},
};

class EthtoolSocket {
 public:
  explicit EthtoolSocket(const std::string& interface)
      : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (fd_.get() < 0 || interface.size() >= IFNAMSIZ) {
      throw KernelError(fmt::format("cannot ask for the offloads of {}", interface));
    }
    std::copy(interface.begin(), interface.end(), request_.ifr_name);
  }

  /// @returns false where the driver does not know the command, or refuses.
  bool run(std::uint32_t command, std::uint32_t& value) {
    ethtool_value argument{.cmd = command, .data = value};
    request_.ifr_data = reinterpret_cast<char*>(&argument);
    if (::ioctl(fd_.get(), SIOCETHTOOL, &request_) < 0) return false;
    value = argument.data;
    return true;
  }

  bool is_on(const Offload& offload) {
    std::uint32_t value = 0;
    return run(offload.get, value) && (value & offload.bit) != 0;
  }

  void turn_off(const Offload& offload) {
    std::uint32_t value = 0;
    if (!run(offload.get, value)) return;
    value &= ~offload.bit;
    run(offload.set, value);
  }

 private:
  FileDescriptor fd_;
  ifreq request_{};
};

}  // namespace

std::vector<std::string> disable_offloads(const std::string& interface) {
  EthtoolSocket socket(interface);
  for (const Offload& offload : kOffloads) {
    if (socket.is_on(offload)) socket.turn_off(offload);
  }
  return enabled_offloads(interface);
}

std::vector<std::string> enabled_offloads(const std::string& interface) {
  EthtoolSocket socket(interface);
  std::vector<std::string> names;
  for (const Offload& offload : kOffloads) {
    if (socket.is_on(offload)) names.emplace_back(offload.name);
  }
  return names;
}

}  // namespace encluster::control
