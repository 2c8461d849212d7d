// Wakes a thread that sleeps in poll(), and costs nothing while it is awake.
#pragma once

#include <atomic>

namespace encluster::datapath {

/// One sleeper, any number of wakers. The sleeper must not miss what was put into a ring just as
/// it fell asleep, and the waker wants to make no system call while the sleeper is awake:
///
///     sleeper: expect_ring(); is every ring empty? then poll(fd()); answer(...)
///     waker:   put something into a ring; ring()
///
/// expect_ring() and ring() exchange the same atomic flag, so one of them comes first. If it is
/// ring(), the sleeper's exchange makes what is in the ring visible before it looks. If it is
/// expect_ring(), the waker sees the flag, and writes to the file descriptor.
class Doorbell {
 public:
  /// @throws DatapathError
  Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  ~Doorbell();

  // Sleeper.

  /// Readable once it was rung.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  void expect_ring() noexcept { asleep_.exchange(true, std::memory_order_acq_rel); }
  /// The sleeper is awake, whoever woke it.
  /// @param readable whether poll() found fd() readable
  void answer(bool readable) noexcept;

  // Wakers.

  /// A system call only if the sleeper expects it, and then once.
  void ring() noexcept {
    if (asleep_.exchange(false, std::memory_order_acq_rel)) write_to_fd();
  }

 private:
  void write_to_fd() noexcept;

  int fd_;
  std::atomic<bool> asleep_{false};
};

}  // namespace encluster::datapath
