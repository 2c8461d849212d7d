// The devices a worker serves.
#pragma once

#include <cassert>
#include <memory>
#include <vector>

#include "datapath/nic_port.hpp"
#include "encluster/packet.hpp"

namespace encluster::datapath {

struct Ports {
  std::vector<std::unique_ptr<NicPort>> networks;  ///< index: NetworkIndex
  std::unique_ptr<NicPort> interconnect;

  [[nodiscard]] NicPort& at(Egress egress) const noexcept {
    assert(egress == kInterconnect || egress < networks.size());
    return egress == kInterconnect ? *interconnect : *networks[egress];
  }
};

}  // namespace encluster::datapath
