#include "control/tap.hpp"

#include <catch2/catch.hpp>

#include "control/kernel_error.hpp"
#include "root/control/private_namespace.hpp"

namespace encluster::control {
namespace {

using test::PrivateNamespace;
using test::run;

constexpr MacAddress kMac{0x02, 0, 0, 0, 0, 0x01};

TEST_CASE("a TAP has the name, MAC address and MTU asked for") {
  const PrivateNamespace apart;
  const Tap tap = open_tap("ec-campus", kMac, 1400);

  const std::string link = run("ip -o link show ec-campus");
  CHECK(link.starts_with(std::to_string(tap.index) + ":"));
  CHECK(link.find("02:00:00:00:00:01") != std::string::npos);
  CHECK(link.find("mtu 1400") != std::string::npos);
}

TEST_CASE("a TAP survives its process, and is opened again with another MAC address") {
  const PrivateNamespace apart;
  const unsigned index = open_tap("ec-campus", kMac, 1500).index;
  REQUIRE_NOTHROW(run("ip link show ec-campus"));

  const Tap again = open_tap("ec-campus", {0x02, 0, 0, 0, 0, 0x77}, 1500);

  CHECK(again.index == index);
  CHECK(run("ip -o link show ec-campus").find("02:00:00:00:00:77") != std::string::npos);
}

TEST_CASE("a TAP that another process holds is an error that says so") {
  const PrivateNamespace apart;
  const Tap held = open_tap("ec-campus", kMac, 1500);

  CHECK_THROWS_WITH(open_tap("ec-campus", kMac, 1500), Catch::Contains("another enclusterd"));
}

TEST_CASE("an interface that is no TAP is not taken over") {
  const PrivateNamespace apart;
  run("ip link add ec-campus type veth peer name peer");

  CHECK_THROWS_WITH(open_tap("ec-campus", kMac, 1500), Catch::Contains("ec-campus"));
}

TEST_CASE("a TAP's name is never cut short") {
  CHECK_THROWS_AS(open_tap("ec-longer-than-15", kMac, 1500), KernelError);
  CHECK_THROWS_AS(open_tap("", kMac, 1500), KernelError);
}

}  // namespace
}  // namespace encluster::control
