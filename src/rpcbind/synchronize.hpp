// Bringing rpcbind's list to where it should be, whoever else changes it.
#pragma once

#include <vector>

#include "rpcbind/rpcbind.hpp"

namespace encluster::rpcbind {

/// What was done.
struct Changes {
  std::vector<Registration> set;
  std::vector<Registration> taken;    ///< others', in whose place some were set
  std::vector<Registration> refused;  ///< could not be set
  std::vector<Registration> unset;
};

/// Sets what is wanted and not there, in place of what else is registered for the same program,
/// version and network. Removes what is not wanted any more, unless somebody has registered it
/// elsewhere since. @throws std::runtime_error as the registry does
[[nodiscard]] Changes synchronize(Registry& registry, const std::vector<Registration>& wanted,
                                  const std::vector<Registration>& unwanted);

}  // namespace encluster::rpcbind
