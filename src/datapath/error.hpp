// What the operator hears when DPDK or the kernel refuses something at start.
#pragma once

#include <stdexcept>
#include <string_view>

namespace encluster::datapath {

/// The data path cannot be set up. The text says what failed, why, and what to do next.
class DatapathError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws "WHAT: REASON; ADVICE".
/// @param code an errno value of either sign, as DPDK and the kernel give them
/// @throws DatapathError
[[noreturn]] void fail(std::string_view what, int code, std::string_view advice);

}  // namespace encluster::datapath
