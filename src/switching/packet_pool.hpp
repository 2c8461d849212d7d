// Where the pipeline gets buffers for the few packets it makes itself.
#pragma once

#include <cstdint>

#include "encluster/packet.hpp"

namespace encluster::switching {

/// Implemented by the data path over mbufs, by tests over the heap. Worker thread.
class PacketPool {
 public:
  virtual ~PacketPool() = default;

  /// Sets `frame`, `handle` and `capacity` (at least `bytes`) of an empty packet; false if the pool
  /// is empty.
  [[nodiscard]] virtual bool allocate(Packet& packet, std::uint16_t bytes) noexcept = 0;
};

}  // namespace encluster::switching
