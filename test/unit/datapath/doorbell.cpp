#include "datapath/doorbell.hpp"

#include <poll.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <thread>

#include "rcu/ring.hpp"

namespace encluster::datapath {
namespace {

bool readable(const Doorbell& bell, int milliseconds = 0) {
  pollfd wait{bell.fd(), POLLIN, 0};
  return poll(&wait, 1, milliseconds) == 1;
}

TEST_CASE("a sleeper that expects a ring is woken, once") {
  Doorbell bell;
  bell.expect_ring();
  CHECK_FALSE(readable(bell));
  bell.ring();
  bell.ring();
  CHECK(readable(bell));
  bell.answer(true);
  CHECK_FALSE(readable(bell));
}

TEST_CASE("a sleeper that is awake is left alone") {
  Doorbell bell;
  bell.ring();
  CHECK_FALSE(readable(bell));
  bell.expect_ring();
  bell.answer(false);
  bell.ring();
  CHECK_FALSE(readable(bell));
}

TEST_CASE("nothing that was put into a ring before the bell is slept over") {
  constexpr std::uint32_t kItems = 20'000;
  Doorbell bell;
  rcu::Ring<std::uint32_t> ring(16);
  std::thread waker([&] {
    for (std::uint32_t item = 0; item < kItems;) {
      if (ring.push(item)) ++item;
      bell.ring();
    }
  });
  std::uint32_t taken = 0;
  bool overslept = false;
  while (taken < kItems && !overslept) {
    bell.expect_ring();
    const bool rung = readable(bell, ring.empty() ? 5000 : 0);
    bell.answer(rung);
    overslept = ring.empty() && !rung && taken < kItems;
    while (ring.pop()) ++taken;
  }
  CHECK_FALSE(overslept);
  CHECK(taken == kItems);
  while (overslept && ring.pop()) continue;
  waker.join();
}

}  // namespace
}  // namespace encluster::datapath
