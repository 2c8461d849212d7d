#include "datapath/af_packet_fragments.hpp"

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

namespace {

std::atomic<bool> keep_fragments{false};

/// The fan-out argument without the flag, which is in its upper half (packet(7)).
int without_defragmentation(int argument) noexcept {
  return argument & ~(PACKET_FANOUT_FLAG_DEFRAG << 16);
}

}  // namespace

/// In the place of the C library's, for this program and every shared object in it.
extern "C" int setsockopt(int socket, int level, int option, const void* value,
                          socklen_t length) noexcept {
  int fanout = 0;
  if (keep_fragments && level == SOL_PACKET && option == PACKET_FANOUT && length == sizeof fanout) {
    std::memcpy(&fanout, value, sizeof fanout);
    fanout = without_defragmentation(fanout);
    value = &fanout;
  }
  return static_cast<int>(syscall(SYS_setsockopt, socket, level, option, value, length));
}

namespace encluster::datapath {

void keep_fragments_of_af_packet() noexcept { keep_fragments = true; }

}  // namespace encluster::datapath
