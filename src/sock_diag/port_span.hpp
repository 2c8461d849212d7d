// Some of a machine's ports.
#pragma once

#include "encluster/types.hpp"

namespace encluster::sock_diag {

/// First and last port, both inside.
struct PortSpan {
  PortNumber first{};
  PortNumber last{};
};

}  // namespace encluster::sock_diag
