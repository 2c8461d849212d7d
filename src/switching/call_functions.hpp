// Calling the routing functions of services: once per burst and service.
#pragma once

#include <array>
#include <cstddef>

#include "switching/burst_context.hpp"
#include "switching/route.hpp"

namespace encluster::switching {

/// Messages of one burst that wait for a routing function.
class FunctionCalls {
 public:
  void add(Packet& packet, const SwitchEntry& entry) noexcept {
    calls_[count_++] = {&packet, &entry};
  }

  /// Calls each service's function on its messages and carries out the answers; connections to be
  /// remembered are recorded.
  void run(Sender sender, BurstContext& context) noexcept;

 private:
  struct Call {
    Packet* packet;
    const SwitchEntry* entry;  ///< null once done
  };

  void run_service(const SwitchEntry& entry, std::size_t from, Sender sender,
                   BurstContext& context) noexcept;

  std::array<Call, kMaxBurst> calls_;
  std::size_t count_ = 0;
};

}  // namespace encluster::switching
