// The clock of leases: it goes on while the machine sleeps, and all programs of a machine share it.
#pragma once

#include <chrono>
#include <ctime>

namespace encluster::agent {

/// CLOCK_BOOTTIME in milliseconds. A lease must not outlive its fence because the node slept.
struct BootClock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time_point(std::chrono::duration_cast<duration>(std::chrono::seconds(time.tv_sec) +
                                                           std::chrono::nanoseconds(time.tv_nsec)));
  }
};

using BootTime = BootClock::time_point;

}  // namespace encluster::agent
