#include "datapath/doorbell.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "datapath/error.hpp"

namespace encluster::datapath {

Doorbell::Doorbell() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (fd_ < 0) fail("no eventfd", errno, "raise the limit on open files");
}

Doorbell::~Doorbell() { close(fd_); }

void Doorbell::answer(bool readable) noexcept {
  asleep_.exchange(false, std::memory_order_acq_rel);  // what was rung for until now is visible
  if (!readable) return;
  std::uint64_t rings = 0;
  [[maybe_unused]] const ssize_t taken = read(fd_, &rings, sizeof(rings));
}

void Doorbell::write_to_fd() noexcept {
  const std::uint64_t once = 1;
  [[maybe_unused]] const ssize_t written = write(fd_, &once, sizeof(once));
}

}  // namespace encluster::datapath
