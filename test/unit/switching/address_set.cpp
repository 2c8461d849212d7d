#include "switching/address_set.hpp"

#include <catch2/catch.hpp>

namespace encluster::switching {

namespace {

const Ipv4Prefix kLab{Ipv4Address(198, 51, 100, 64), 26};

}  // namespace

TEST_CASE("a set without prefixes contains nobody") {
  CHECK_FALSE(AddressSet().contains(Ipv4Address(198, 51, 100, 64)));
  CHECK_FALSE(AddressSet(std::vector<Ipv4Prefix>{}).contains(Ipv4Address()));
}

TEST_CASE("a set contains its prefix's first and last address, and none beside them") {
  const AddressSet set({kLab});
  CHECK_FALSE(set.contains(Ipv4Address(198, 51, 100, 63)));
  CHECK(set.contains(Ipv4Address(198, 51, 100, 64)));
  CHECK(set.contains(Ipv4Address(198, 51, 100, 127)));
  CHECK_FALSE(set.contains(Ipv4Address(198, 51, 100, 128)));
}

TEST_CASE("prefixes in any order, overlapping or equal, make one set") {
  const AddressSet set({{Ipv4Address(203, 0, 113, 0), 24},
                        kLab,
                        {Ipv4Address(198, 51, 100, 80), 28},
                        kLab,
                        {Ipv4Address(10, 0, 0, 0), 8},
                        {Ipv4Address(198, 51, 100, 64), 32}});
  CHECK(set.contains(Ipv4Address(10, 255, 255, 255)));
  CHECK_FALSE(set.contains(Ipv4Address(11, 0, 0, 0)));
  CHECK(set.contains(Ipv4Address(198, 51, 100, 120)));
  CHECK_FALSE(set.contains(Ipv4Address(198, 51, 101, 0)));
  CHECK(set.contains(Ipv4Address(203, 0, 113, 7)));
  CHECK_FALSE(set.contains(Ipv4Address(203, 0, 114, 0)));
}

TEST_CASE("the prefix of length zero contains everybody") {
  const AddressSet set({{Ipv4Address(), 0}});
  CHECK(set.contains(Ipv4Address()));
  CHECK(set.contains(Ipv4Address(255, 255, 255, 255)));
}

TEST_CASE("host bits of a prefix do not matter") {
  CHECK(AddressSet({{Ipv4Address(198, 51, 100, 77), 26}}).contains(Ipv4Address(198, 51, 100, 64)));
}

}  // namespace encluster::switching
