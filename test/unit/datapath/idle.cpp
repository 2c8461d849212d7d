#include "datapath/idle.hpp"

#include <catch2/catch.hpp>

namespace encluster::datapath {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a worker sleeps a sixteenth of the silence, within bounds") {
  CHECK(sleep_after(0ns, 50us) == 50us);
  CHECK(sleep_after(800us, 50us) == 50us);
  CHECK(sleep_after(1600us, 50us) == 100us);
  CHECK(sleep_after(16ms, 50us) == 1ms);
  CHECK(sleep_after(24h, 50us) == 2ms);
}

TEST_CASE("a worker sleeps as long as it was told, even beyond the bound") {
  CHECK(sleep_after(0ns, 10ms) == 10ms);
  CHECK(sleep_after(1h, 10ms) == 10ms);
}

}  // namespace
}  // namespace encluster::datapath
