// Bringing rpcbind's list to where it should be, whoever else changes it.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "rpcbind/rpcbind.hpp"

namespace encluster::rpcbind {

/// How the list is to be. What is in none of these stays as it is.
struct Plan {
  /// The cluster's: they take the place of what else is registered for the same program, version
  /// and network.
  std::vector<Registration> cluster{};
  /// The same of nodes: they give way to what programs of this machine have registered, but not to
  /// what is left of programs that have ended.
  std::vector<Registration> nodes{};
  /// Was the cluster's. Is removed, unless somebody has registered it elsewhere since.
  std::vector<Registration> unwanted{};
  /// Programs that nodes may have. What is registered of them over UDP or TCP at 0.0.0.0, and is
  /// neither in `nodes` nor of a program of this machine, was a node's. Is removed.
  std::set<std::uint32_t> of_nodes{};
};

/// What was done.
struct Changes {
  std::vector<Registration> set;
  std::vector<Registration> taken;    ///< others', in whose place some were set
  std::vector<Registration> refused;  ///< could not be set
  std::vector<Registration> unset;
  std::vector<Registration> yielded;  ///< of nodes, not set: a program of this machine is there
};

/// Whether a program of this machine is where the registration says.
using IsHere = std::function<bool(const Registration&)>;

/// @param is_here called only where it makes a difference
/// @throws std::runtime_error as the registry does, and `is_here`
[[nodiscard]] Changes synchronize(Registry& registry, const Plan& plan, const IsHere& is_here);

}  // namespace encluster::rpcbind
