// The gateway's own kernel sits behind one TAP per network and one for the interconnect.
#pragma once

#include <cstdint>
#include <string>

#include "control/file_descriptor.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// One TAP, attached. The interface is persistent: when this object goes, or the process dies, it
/// stays, but loses its carrier, and what the kernel still sends on it is discarded.
struct Tap {
  FileDescriptor fd;   ///< non-blocking; one read or write is one Ethernet frame without FCS
  std::string name;    ///< of the interface
  unsigned index = 0;  ///< of the interface
};

/// Creates the TAP, or attaches to the one an earlier run left, in the calling thread's network
/// namespace, and gives it `mac` (the device's) and `mtu` (bytes of IP). The interface is left down
/// if it was: `configure_local_stack` brings it up. Needs CAP_NET_ADMIN.
/// @throws KernelError, in particular if another process is attached.
[[nodiscard]] Tap open_tap(const std::string& name, const MacAddress& mac, std::uint16_t mtu);

}  // namespace encluster::control
