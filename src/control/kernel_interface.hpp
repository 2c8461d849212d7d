// Devices that are themselves interfaces of the kernel.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace encluster::control {

/// The kernel interface below a DPDK device: "ext0" of "net_af_packet0,iface=ext0"; nothing for a
/// PCI address and for virtual devices without one.
[[nodiscard]] std::optional<std::string> kernel_interface_of(std::string_view device);

}  // namespace encluster::control
