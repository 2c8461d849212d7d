#include "control/port_conflicts.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using LeasedPort = agent_protocol::LeasedPort;
using namespace std::chrono_literals;

constexpr NodeId kAlpha{1};
constexpr NodeId kBeta{2};
constexpr NodeId kGamma{3};
constexpr LeasedPort kPort{Protocol::udp, PortNumber(700)};
constexpr LeasedPort kOther{Protocol::tcp, PortNumber(700)};
constexpr PortConflicts::Time kStart{};

}  // namespace

TEST_CASE("a conflict is news once, however often the node asks") {
  PortConflicts conflicts;
  CHECK(conflicts.note(kBeta, kPort, kAlpha, kStart));
  CHECK_FALSE(conflicts.note(kBeta, kPort, kAlpha, kStart + 1s));
  CHECK(conflicts.note(kBeta, kOther, kAlpha, kStart));
  CHECK(conflicts.note(kGamma, kPort, kAlpha, kStart));
  CHECK(conflicts.lasting() == 3);
  CHECK(conflicts.total() == 3);
}

TEST_CASE("conflicts are listed by node and port, up to a bound") {
  PortConflicts conflicts;
  static_cast<void>(conflicts.note(kGamma, kPort, kAlpha, kStart));
  static_cast<void>(conflicts.note(kBeta, kPort, kAlpha, kStart));
  CHECK(conflicts.some(5) ==
        std::vector<PortConflict>{{kPort, kAlpha, kBeta}, {kPort, kAlpha, kGamma}});
  CHECK(conflicts.some(1) == std::vector<PortConflict>{{kPort, kAlpha, kBeta}});
}

TEST_CASE("with another owner it is another conflict") {
  PortConflicts conflicts;
  static_cast<void>(conflicts.note(kGamma, kPort, kAlpha, kStart));
  CHECK(conflicts.note(kGamma, kPort, kBeta, kStart));
  CHECK(conflicts.lasting() == 1);
  CHECK(conflicts.total() == 2);
}

TEST_CASE("a conflict that is settled may come again") {
  PortConflicts conflicts;
  CHECK_FALSE(conflicts.settle(kBeta, kPort));
  static_cast<void>(conflicts.note(kBeta, kPort, kAlpha, kStart));
  CHECK_FALSE(conflicts.settle(kAlpha, kPort));
  CHECK(conflicts.settle(kBeta, kPort));
  CHECK(conflicts.lasting() == 0);
  CHECK(conflicts.note(kBeta, kPort, kAlpha, kStart));
}

TEST_CASE("a conflict is over when nobody asks any more") {
  PortConflicts conflicts;
  static_cast<void>(conflicts.note(kBeta, kPort, kAlpha, kStart));
  static_cast<void>(conflicts.note(kBeta, kOther, kAlpha, kStart + 1s));
  conflicts.expire(kStart + PortConflicts::kForget - 1s);
  CHECK(conflicts.lasting() == 2);
  conflicts.expire(kStart + PortConflicts::kForget);
  CHECK(conflicts.lasting() == 1);
  CHECK(conflicts.total() == 2);
}

TEST_CASE("no more conflicts of a node are remembered than it may have leases") {
  PortConflicts conflicts;
  for (std::uint16_t port = 1; port <= PortConflicts::kMost + 10; ++port) {
    CHECK(conflicts.note(kBeta, {Protocol::udp, PortNumber(port)}, kAlpha, kStart));
  }
  CHECK(conflicts.lasting() == PortConflicts::kMost);
  CHECK(conflicts.total() == PortConflicts::kMost + 10);
  CHECK(conflicts.note(kGamma, kPort, kAlpha, kStart));
  conflicts.expire(kStart + PortConflicts::kForget);
  CHECK(conflicts.lasting() == 0);
}

}  // namespace encluster::control
