#pragma once

#include <string>

namespace encluster::control {

/// Runs nftables commands in the calling thread's network namespace, all of them or none.
/// @returns what they print. @throws KernelError with nftables' own message.
std::string run_nftables(const std::string& commands);

}  // namespace encluster::control
