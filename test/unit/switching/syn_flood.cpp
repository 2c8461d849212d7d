#include "switching/syn_flood.hpp"

#include <catch2/catch.hpp>

namespace encluster::switching {

namespace {

ConnectionKey login(std::uint32_t number) {
  return {.remote = Ipv4Address(number),
          .remote_port = PortNumber(std::uint16_t{1023}),
          .cluster_port = PortNumber(std::uint16_t{513})};
}

SynFlood flood_of(std::uint64_t seed, std::uint32_t syn_rate = 100) {
  return {{.syn_rate = syn_rate, .filter_cells = 1024}, seed, std::pmr::get_default_resource()};
}

/// How many of `count` SYNs, each another's, are admitted.
std::uint32_t admitted(SynFlood& flood, std::uint32_t count, std::uint32_t first, Seconds now) {
  std::uint32_t passed = 0;
  for (std::uint32_t number = first; number < first + count; ++number) {
    if (flood.admit(flood.hash_of(login(number)), now)) ++passed;
  }
  return passed;
}

}  // namespace

TEST_CASE("a flood lasts for a handshake's life after the last SYN without room") {
  SynFlood flood = flood_of(1);
  CHECK_FALSE(flood.active(0));
  CHECK(flood.admit(7, 1000));
  CHECK(flood.admit(7, 1010));
  CHECK(flood.active(1010));
  CHECK(flood.active(1010 + kEmbryonicLife - 1));
  CHECK_FALSE(flood.active(1010 + kEmbryonicLife));
}

TEST_CASE("the hash of a connection depends on the seed and on every part of its key") {
  const SynFlood flood = flood_of(1);
  const std::uint64_t hash = flood.hash_of(login(7));
  CHECK(hash == flood_of(1).hash_of(login(7)));
  CHECK(hash != flood_of(2).hash_of(login(7)));
  CHECK(hash != flood.hash_of(login(8)));
  ConnectionKey key = login(7);
  key.remote_port = PortNumber(std::uint16_t{1022});
  CHECK(hash != flood.hash_of(key));
  key = login(7);
  key.cluster_port = PortNumber(std::uint16_t{514});
  CHECK(hash != flood.hash_of(key));
}

TEST_CASE("with two seeds, remotes fall on nodes independently") {
  const SynFlood one = flood_of(1);
  const SynFlood two = flood_of(2);
  std::uint32_t same = 0;
  for (std::uint32_t number = 0; number < 10000; ++number) {
    if (one.hash_of(login(number)) % 4 == two.hash_of(login(number)) % 4) ++same;
  }
  CHECK(same > 2300);
  CHECK(same < 2700);
}

TEST_CASE("as many SYNs as the rate allows pass at once, second after second") {
  SynFlood flood = flood_of(1);
  for (Seconds now = 1000; now < 1010; ++now) CHECK(admitted(flood, 100, now * 100, now) == 100);
}

TEST_CASE("beyond the rate a SYN passes when it is repeated, and only then") {
  SynFlood flood = flood_of(1);
  CHECK(admitted(flood, 300, 0, 1000) == 100);
  CHECK(admitted(flood, 200, 100, 1001) == 200);
  CHECK(admitted(flood, 200, 1000, 1001) <= 2);
}

TEST_CASE("the second after one with too many SYNs is strict from its beginning") {
  SynFlood flood = flood_of(1);
  admitted(flood, 300, 0, 1000);
  CHECK(admitted(flood, 50, 1000, 1001) <= 1);
  CHECK(admitted(flood, 50, 2000, 1002) == 50);
}

TEST_CASE("after a pause SYNs pass at once again") {
  SynFlood flood = flood_of(1);
  admitted(flood, 300, 0, 1000);
  CHECK(admitted(flood, 100, 1000, 1002) == 100);
}

TEST_CASE("with a rate of zero every SYN has to be repeated") {
  SynFlood flood = flood_of(1, 0);
  CHECK(admitted(flood, 10, 0, 1000) == 0);
  CHECK(admitted(flood, 10, 0, 1001) == 10);
}

}  // namespace encluster::switching
