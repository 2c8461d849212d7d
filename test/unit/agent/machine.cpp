#include "agent/machine.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {

TEST_CASE("the default route with the least metric counts") {
  const std::string routes =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
      "eth0\t00004D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n"
      "eth1\t00000000\t0200A8C0\t0003\t0\t0\t100\t00000000\n"
      "eth0\t00000000\t01004D0A\t0003\t0\t0\t10\t00000000\n";
  CHECK(default_gateway(routes) == Ipv4Address(10, 77, 0, 1));
}

TEST_CASE("half of the internet is no default route, and neither is garbage") {
  CHECK_FALSE(default_gateway("").has_value());
  CHECK_FALSE(default_gateway("eth0\t00000000\t01004D0A\t0003\t0\t0\t0\t00000080\n").has_value());
  CHECK_FALSE(default_gateway("eth0 00000000 zz\n\n\x01").has_value());
}

TEST_CASE("the load is in hundredths of tasks a CPU") {
  CHECK(load_of("0.50 1.00 2.00 1/200 4711\n", 2) == 25);
  CHECK(load_of("12.00 1 1 1/1 1", 1) == 1200);
  CHECK(load_of("", 1) == 0);
  CHECK(load_of("-1", 1) == 0);
  CHECK(load_of("nan", 1) == 0);
  CHECK(load_of("1e300", 1) == 1'000'000);
}

TEST_CASE("this machine has a boot id") { CHECK(boot_id().size() == 36); }

}  // namespace encluster::agent
