#pragma once

#include <cstddef>

#include "encluster/packet.hpp"

namespace encluster::datapath {

/// Packets a worker handles at a time: enough to hide the memory's latency behind each other, few
/// enough for the first-level cache.
inline constexpr std::size_t kBurst = 32;
static_assert(kBurst <= kMaxBurst);

}  // namespace encluster::datapath
