#pragma once

#include <string>
#include <vector>

namespace encluster::control {

/// Turns off, on a kernel interface, the offloads that would merge received segments (GRO, LRO) or
/// leave work open in sent ones (TSO, GSO, transmit checksums). VLAN offloads stay as they are.
/// @returns the names of those that are on and can't be turned off. @throws KernelError
[[nodiscard]] std::vector<std::string> disable_offloads(const std::string& interface);

/// The names of those that are on. @throws KernelError
[[nodiscard]] std::vector<std::string> enabled_offloads(const std::string& interface);

}  // namespace encluster::control
