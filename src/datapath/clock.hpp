#pragma once

#include <time.h>

#include "encluster/types.hpp"

namespace encluster::datapath {

/// The workers' time. CLOCK_MONOTONIC as of the kernel's last tick: a few nanoseconds, no system
/// call, and exact enough for seconds.
[[nodiscard]] inline Seconds coarse_seconds() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<Seconds>(time.tv_sec);
}

}  // namespace encluster::datapath
