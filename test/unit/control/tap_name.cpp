#include "control/tap_name.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

TEST_CASE("a network's TAP is called after it") { CHECK(tap_name("campus") == "ec-campus"); }

}  // namespace
}  // namespace encluster::control
