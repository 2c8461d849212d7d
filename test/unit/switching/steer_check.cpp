#include "switching/steer_check.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "switching/remote_hash.hpp"
#include "switching/steer.hpp"

namespace encluster::switching {
namespace {

constexpr std::size_t kFlows = 2000;
constexpr std::uint64_t kSeed = 7;

using Bytes = std::span<const std::byte>;

std::optional<std::string> check(const Steering& steering, std::size_t workers = 2) {
  return check_steering(steering, workers, kFlows, kSeed);
}

TEST_CASE("the steering keeps its promises for any number of workers") {
  for (std::size_t workers = 1; workers <= 64; ++workers) {
    CHECK(check([&](Bytes frame, Origin origin) { return steer(frame, origin, workers); },
                workers) == std::nullopt);
  }
}

TEST_CASE("the self-test finds a steering by the wrong address") {
  const auto problem = check([](Bytes frame, Origin origin) {
    return steer(frame, origin == Origin::network ? Origin::interconnect : origin, 2);
  });
  CHECK(problem == "an answer from outside does not reach its flow's worker");
}

TEST_CASE("the self-test finds a steering that looks at ports") {
  const auto problem = check([](Bytes frame, Origin) {
    return static_cast<WorkerId>(std::to_integer<unsigned>(frame[14 + 20 + 1]) % 2);
  });
  CHECK(problem == "an outbound fragment does not reach its flow's worker");
}

TEST_CASE("the self-test finds a steering that does not read quotes") {
  const auto problem = check([](Bytes frame, Origin origin) {
    const auto* ip = reinterpret_cast<const net::Ipv4Header*>(frame.data() + 14);
    return shard_of(Ipv4Address(origin == Origin::network ? ip->source : ip->destination), 2);
  });
  CHECK(problem == "a router's ICMP error does not reach its flow's worker");
}

TEST_CASE("the self-test finds workers that would own nothing") {
  const auto problem = check_steering([](Bytes, Origin) { return WorkerId{0}; }, 64, 8, kSeed);
  CHECK(problem == "some worker would own no remote");
}

TEST_CASE("each worker owns its part of neighbouring remotes") {
  for (const std::size_t workers : {2U, 3U, 7U, 64U}) {
    std::array<int, 64> owned{};
    for (std::uint32_t host = 0; host < 0x10000; ++host) {
      ++owned[shard_of(Ipv4Address(Ipv4Address(203, 0, 0, 0).value() + host), workers)];
    }
    const int share = 0x10000 / static_cast<int>(workers);
    for (std::size_t worker = 0; worker < workers; ++worker) {
      CHECK(owned[worker] >= share * 3 / 4);
      CHECK(owned[worker] <= share * 5 / 4 + 1);
    }
  }
}

}  // namespace
}  // namespace encluster::switching
