#include "datapath/idle.hpp"

#include <rte_pause.h>
#include <sys/prctl.h>
#include <time.h>

namespace encluster::datapath {

void Idle::prepare_thread() noexcept {
  constexpr unsigned long kNanoseconds = 1;
  prctl(PR_SET_TIMERSLACK, kNanoseconds, 0, 0, 0);
}

void Idle::wait() noexcept {
  if (settings_.mode == IdleMode::pause || empty_rounds_ < kPatience) {
    ++empty_rounds_;
    rte_pause();
    return;
  }
  const std::chrono::nanoseconds duration = sleep_after(silence_, settings_.sleep);
  silence_ += duration;
  const timespec time{static_cast<time_t>(duration.count() / 1'000'000'000),
                      static_cast<long>(duration.count() % 1'000'000'000)};
  nanosleep(&time, nullptr);
}

}  // namespace encluster::datapath
