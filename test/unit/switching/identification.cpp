#include "switching/identification.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "support/random.hpp"

using namespace encluster;
using namespace encluster::switching;
using namespace encluster::test;

namespace {

constexpr Ipv4Address kRemote(198, 51, 100, 9);

}  // namespace

TEST_CASE("65536 identifications in a row towards a remote are all different") {
  Identifications identifications(7);
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 65536; ++i) seen.insert(identifications.next(kRemote));
  CHECK(seen.size() == 65536);
}

TEST_CASE("they are all different, whoever else is sent to meanwhile") {
  Random random(61);
  Identifications identifications(7);
  std::vector<bool> seen(65536);
  std::size_t repeated = 0;
  for (int i = 0; i < 16000; ++i) {
    for (std::uint32_t others = random.upto(4); others > 0; --others) {
      static_cast<void>(identifications.next(random.address()));
    }
    const std::uint16_t mine = identifications.next(kRemote);
    if (seen[mine]) ++repeated;
    seen[mine] = true;
  }
  CHECK(repeated == 0);
}

TEST_CASE("remotes begin at different places, and so do workers and restarts") {
  Identifications identifications(7);
  Identifications other_seed(8);
  std::set<std::uint16_t> starts;
  std::size_t equal = 0;
  for (std::uint32_t host = 1; host <= 100; ++host) {
    const Ipv4Address remote(0xc6336400 + host);
    starts.insert(identifications.peek(remote));
    if (identifications.peek(remote) == other_seed.peek(remote)) ++equal;
  }
  CHECK(starts.size() > 90);
  CHECK(equal < 5);
}

TEST_CASE("sending to one remote leaves one that shares nothing with it where it was") {
  Identifications identifications(7);
  std::size_t moved = 0;
  for (std::uint32_t host = 1; host <= 100; ++host) {
    const Ipv4Address other(0xc6336500 + host);
    const std::uint16_t before = identifications.peek(other);
    static_cast<void>(identifications.next(kRemote));
    if (identifications.peek(other) != before) ++moved;
  }
  CHECK(moved < 5);
}

TEST_CASE("to look at the next identification does not use it up") {
  Identifications identifications(7);
  for (int i = 0; i < 3; ++i) {
    const std::uint16_t seen = identifications.peek(kRemote);
    CHECK(identifications.peek(kRemote) == seen);
    CHECK(identifications.next(kRemote) == seen);
  }
}
