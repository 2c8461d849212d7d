#include "control/leases.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using namespace std::chrono_literals;
using Result = Leases::LeaseResult;
using Port = Leases::LeasedPort;

constexpr NodeId kAlpha{1};
constexpr NodeId kBeta{2};

Port udp(std::uint16_t number) { return {Protocol::udp, PortNumber(number)}; }
Port tcp(std::uint16_t number) { return {Protocol::tcp, PortNumber(number)}; }

/// Ports from 16384 on are no one's to lease.
bool below_slices(const Port& port) { return port.port.value() < 16384; }

struct Fixture {
  Leases::Time now{};
  Leases leases{{.quarantine = 20s, .of_a_node = 4}, below_slices};

  Result request(NodeId node, const Port& port) { return leases.request(node, port, now); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a free port is granted to the first who asks") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  CHECK(request(kBeta, udp(500)) == Result::taken);
  CHECK(leases.owner(udp(500)) == kAlpha);
}

TEST_CASE_METHOD(Fixture, "a node that asks again has its lease") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  CHECK(leases.count(kAlpha) == 1);
}

TEST_CASE_METHOD(Fixture, "a port is leased for one protocol") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  CHECK(request(kBeta, tcp(500)) == Result::granted);
}

TEST_CASE_METHOD(Fixture, "what is not leasable is granted to nobody") {
  CHECK(request(kAlpha, udp(16384)) == Result::not_leasable);
  CHECK(leases.all().empty());
}

TEST_CASE_METHOD(Fixture, "a node has only so many leases") {
  for (std::uint16_t i = 1; i <= 4; ++i) CHECK(request(kAlpha, udp(i)) == Result::granted);
  CHECK(request(kAlpha, udp(5)) == Result::too_many);
  CHECK(request(kAlpha, udp(4)) == Result::granted);
  CHECK(request(kBeta, udp(5)) == Result::granted);
}

TEST_CASE_METHOD(Fixture, "a released port is free, and counts no more") {
  for (std::uint16_t i = 1; i <= 4; ++i) CHECK(request(kAlpha, udp(i)) == Result::granted);
  leases.release(kAlpha, udp(1));
  CHECK(leases.count(kAlpha) == 3);
  CHECK(request(kBeta, udp(1)) == Result::granted);
  CHECK(request(kAlpha, udp(5)) == Result::granted);
}

TEST_CASE_METHOD(Fixture, "nobody releases another node's lease") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  leases.release(kBeta, udp(500));
  CHECK(leases.owner(udp(500)) == kAlpha);
}

TEST_CASE_METHOD(Fixture, "a join keeps what is held and frees the rest") {
  CHECK(request(kAlpha, udp(1)) == Result::granted);
  CHECK(request(kAlpha, udp(2)) == Result::granted);
  leases.join(kAlpha, {udp(2)}, now);
  CHECK(leases.all() == Leases::Ports{{udp(2), kAlpha}});
  CHECK(leases.count(kAlpha) == 1);
}

TEST_CASE_METHOD(Fixture, "a join gets what it holds and nobody else has") {
  CHECK(request(kBeta, udp(2)) == Result::granted);
  leases.join(kAlpha, {udp(1), udp(1), udp(2), udp(20000)}, now);
  CHECK(leases.all() == Leases::Ports{{udp(1), kAlpha}, {udp(2), kBeta}});
}

TEST_CASE_METHOD(Fixture, "a dead node's port is in quarantine") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  leases.lose(kAlpha, now);
  CHECK(leases.in_quarantine() == 1);
  now += 20s - 1ms;
  CHECK(request(kBeta, udp(500)) == Result::quarantined);
  leases.expire(now);
  CHECK(leases.owner(udp(500)) == kAlpha);
}

TEST_CASE_METHOD(Fixture, "a dead node's port is free after the quarantine") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  leases.lose(kAlpha, now);
  now += 20s;
  SECTION("by the passing of time") {
    CHECK_FALSE(leases.has_expired(now - 1ms));
    CHECK(leases.has_expired(now));
    leases.expire(now);
    CHECK(leases.all().empty());
    CHECK(leases.in_quarantine() == 0);
  }
  SECTION("for who asks then") { CHECK(request(kBeta, udp(500)) == Result::granted); }
}

TEST_CASE_METHOD(Fixture, "a quarantine counts from the last answer to the agent") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  leases.lose(kAlpha, now);
  now += 15s;
  leases.heard(kAlpha, now);
  now += 19s;
  leases.expire(now);
  CHECK(request(kBeta, udp(500)) == Result::quarantined);
  now += 1s;
  leases.expire(now);
  CHECK(request(kBeta, udp(500)) == Result::granted);
}

TEST_CASE_METHOD(Fixture, "a dead node's agent that is heard may still lease, in quarantine") {
  leases.lose(kAlpha, now);
  now += 60s;
  leases.heard(kAlpha, now);
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  CHECK(request(kBeta, udp(500)) == Result::quarantined);
}

TEST_CASE_METHOD(Fixture, "a node that lives again keeps its leases") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  leases.lose(kAlpha, now);
  leases.find(kAlpha);
  now += 60s;
  leases.expire(now);
  CHECK(request(kBeta, udp(500)) == Result::taken);
}

TEST_CASE_METHOD(Fixture, "a node without agent keeps its leases") {
  CHECK(request(kAlpha, udp(500)) == Result::granted);
  now += std::chrono::hours(1000);
  leases.expire(now);
  CHECK(request(kBeta, udp(500)) == Result::taken);
}

TEST_CASE_METHOD(Fixture, "a configuration ends the leases that it does not allow") {
  CHECK(request(kAlpha, udp(1)) == Result::granted);
  CHECK(request(kAlpha, udp(2)) == Result::granted);
  CHECK(request(kBeta, udp(3)) == Result::granted);
  SECTION("of ports that it needs") {
    const auto losers =
        leases.reconfigure([](const Port& port) { return port != udp(2); }, {kAlpha, kBeta});
    CHECK(losers == std::set<NodeId>{kAlpha});
    CHECK(leases.all() == Leases::Ports{{udp(1), kAlpha}, {udp(3), kBeta}});
    CHECK(request(kBeta, udp(2)) == Result::not_leasable);
  }
  SECTION("of nodes that it does not have") {
    CHECK(leases.reconfigure(below_slices, {kAlpha}) == std::set<NodeId>{kBeta});
    CHECK(leases.owner(udp(3)) == std::nullopt);
    CHECK(leases.count(kBeta) == 0);
  }
  SECTION("and none where it allows all") {
    CHECK(leases.reconfigure(below_slices, {kAlpha, kBeta}).empty());
    CHECK(leases.all().size() == 3);
  }
}

TEST_CASE_METHOD(Fixture, "what happened can be taken back") {
  CHECK(request(kAlpha, udp(1)) == Result::granted);
  const Leases::Ports before = leases.all();
  leases.release(kAlpha, udp(1));
  CHECK(request(kBeta, udp(2)) == Result::granted);
  leases.restore(before);
  CHECK(leases.all() == before);
  CHECK(leases.count(kAlpha) == 1);
  CHECK(leases.count(kBeta) == 0);
}

}  // namespace encluster::control
