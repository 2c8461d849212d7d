#include "switching/syn_flood.hpp"

#include <catch2/catch.hpp>

namespace encluster::switching {

namespace {

ConnectionKey login(std::uint32_t number) {
  return {.remote = Ipv4Address(number),
          .remote_port = PortNumber(std::uint16_t{1023}),
          .cluster_port = PortNumber(std::uint16_t{513})};
}

}  // namespace

TEST_CASE("a flood lasts for a handshake's life after the last SYN without room") {
  SynFlood flood(1);
  CHECK_FALSE(flood.active(0));
  flood.note_full(1000);
  flood.note_full(1010);
  CHECK(flood.active(1010));
  CHECK(flood.active(1010 + kEmbryonicLife - 1));
  CHECK_FALSE(flood.active(1010 + kEmbryonicLife));
}

TEST_CASE("the hash of a connection depends on the seed and on every part of its key") {
  const SynFlood flood(1);
  const std::uint64_t hash = flood.hash_of(login(7));
  CHECK(hash == SynFlood(1).hash_of(login(7)));
  CHECK(hash != SynFlood(2).hash_of(login(7)));
  CHECK(hash != flood.hash_of(login(8)));
  ConnectionKey key = login(7);
  key.remote_port = PortNumber(std::uint16_t{1022});
  CHECK(hash != flood.hash_of(key));
  key = login(7);
  key.cluster_port = PortNumber(std::uint16_t{514});
  CHECK(hash != flood.hash_of(key));
}

TEST_CASE("with two seeds, remotes fall on nodes independently") {
  std::uint32_t same = 0;
  for (std::uint32_t number = 0; number < 10000; ++number) {
    if (SynFlood(1).hash_of(login(number)) % 4 == SynFlood(2).hash_of(login(number)) % 4) ++same;
  }
  CHECK(same > 2300);
  CHECK(same < 2700);
}

}  // namespace encluster::switching
