#include "control/netlink.hpp"

#include <catch2/catch.hpp>

#include "control/kernel_error.hpp"

namespace encluster::control {
namespace {

TEST_CASE("a prefix survives the way to libnl and back") {
  for (const Ipv4Prefix prefix : {Ipv4Prefix{Ipv4Address(192, 0, 2, 1), 24},
                                  Ipv4Prefix{Ipv4Address(10, 77, 0, 11), 32}, Ipv4Prefix{}}) {
    CHECK(to_prefix(to_netlink(prefix).get()) == prefix);
  }
}

TEST_CASE("an address of another family is no prefix") {
  const MacAddress mac{};
  const NetlinkAddress address(nl_addr_build(AF_LLC, mac.data(), mac.size()));
  CHECK_FALSE(to_prefix(address.get()));
  CHECK_FALSE(to_prefix(nullptr));
}

TEST_CASE("a failure says what was tried, and the reason") {
  CHECK_THROWS_WITH(check_netlink(-NLE_NODEV, "looking for ext7"),
                    Catch::Contains("looking for ext7: "));
  CHECK(check_netlink(3, "anything") == 3);
}

}  // namespace
}  // namespace encluster::control
