#include "agent/leases.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace encluster::agent {
namespace {

using agent_protocol::FromAgent;
using agent_protocol::LeaseAnswer;
using agent_protocol::LeasedPort;
using agent_protocol::LeaseRelease;
using agent_protocol::LeaseRequest;
using agent_protocol::LeaseResult;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ToGateway = std::vector<FromAgent>;
using ToKeepers = std::vector<std::pair<KeeperId, ToKeeper>>;

constexpr LeasedPort kPort{Protocol::udp, PortNumber(700)};
constexpr LeasedPort kOther{Protocol::tcp, PortNumber(700)};
constexpr seconds kFence{10};

constexpr BootTime at(std::int64_t milliseconds_since_boot) {
  return BootTime(milliseconds(milliseconds_since_boot));
}

constexpr Validity until(std::int64_t time) { return {at(time), kFence}; }

agent_protocol::Welcome welcome(std::vector<LeasedPort> lost = {}) {
  agent_protocol::Welcome message;
  message.lost = std::move(lost);
  message.heartbeat = seconds(1);
  message.fence = kFence;
  return message;
}

LeaseActions join(Leases& leases, BootTime sent, std::vector<LeasedPort> lost = {}) {
  static_cast<void>(leases.present());
  return leases.joined(welcome(std::move(lost)), sent);
}

/// A node that joined at 0, and has the port for keeper 1.
Leases with_lease() {
  Leases leases("alpha");
  join(leases, at(0));
  leases.ask(1, kPort);
  leases.answered({1, LeaseResult::granted, ""});
  return leases;
}

}  // namespace

TEST_CASE("a port is asked for, granted until the fence after Join was sent, and released") {
  Leases leases("alpha");
  join(leases, at(1000));
  CHECK(leases.ask(1, kPort).to_gateway == ToGateway{LeaseRequest{1, kPort}});
  CHECK(leases.answered({1, LeaseResult::granted, ""}).to_keepers ==
        ToKeepers{{1, Granted{until(11'000)}}});
  CHECK(leases.release(1).to_gateway == ToGateway{LeaseRelease{kPort}});
  CHECK(leases.size() == 0);
}

TEST_CASE("a refused port is denied with its owner, and is not kept") {
  Leases leases("alpha");
  join(leases, at(0));
  leases.ask(1, kPort);
  CHECK(leases.answered({1, LeaseResult::taken, "beta"}).to_keepers ==
        ToKeepers{{1, Denied{LeaseResult::taken, "beta"}}});
  CHECK(leases.size() == 0);
  CHECK_FALSE(leases.knows(1));
}

TEST_CASE("a lease is valid until the fence after the last answered heartbeat was sent") {
  Leases leases = with_lease();
  CHECK(leases.renewed(at(3000)).to_keepers == ToKeepers{{1, Valid{until(13'000)}}});
  leases.ask(2, kOther);
  CHECK(leases.answered({2, LeaseResult::granted, ""}).to_keepers ==
        ToKeepers{{2, Granted{until(13'000)}}});
}

TEST_CASE("one node's second keeper is told that the node has the port already") {
  Leases leases = with_lease();
  CHECK(leases.ask(2, kPort).to_keepers == ToKeepers{{2, Denied{LeaseResult::taken, "alpha"}}});
}

TEST_CASE("what is asked for before there is a gateway is asked for after Join") {
  Leases leases("alpha");
  CHECK(leases.ask(1, kPort).to_gateway.empty());
  CHECK(leases.present().empty());
  CHECK(join(leases, at(0)).to_gateway == ToGateway{LeaseRequest{2, kPort}});
}

TEST_CASE("a request whose answer was lost is made again, and the old answer does not count") {
  Leases leases("alpha");
  join(leases, at(0));
  leases.ask(1, kPort);
  leases.parted();
  CHECK(join(leases, at(100)).to_gateway == ToGateway{LeaseRequest{2, kPort}});
  CHECK(leases.answered({1, LeaseResult::granted, ""}).to_keepers.empty());
  CHECK(leases.answered({2, LeaseResult::granted, ""}).to_keepers.size() == 1);
}

TEST_CASE("held ports are in the next Join, and go on from there") {
  Leases leases = with_lease();
  leases.parted();
  CHECK(leases.present() == std::vector{kPort});
  const LeaseActions actions = join(leases, at(5000));
  CHECK(actions.to_gateway.empty());
  CHECK(actions.to_keepers == ToKeepers{{1, Valid{until(15'000)}}});
}

TEST_CASE("a keeper whose port went to another node is told so") {
  Leases leases = with_lease();
  leases.parted();
  CHECK(join(leases, at(5000), {kPort, kOther}).to_keepers == ToKeepers{{1, Lost{}}});
  CHECK(leases.size() == 0);
}

TEST_CASE("a port released between Join and Welcome is given back after it") {
  Leases leases = with_lease();
  leases.parted();
  static_cast<void>(leases.present());
  CHECK(leases.release(1).to_gateway.empty());
  const auto actions = leases.joined(welcome(), at(0));
  CHECK(actions.to_gateway == ToGateway{LeaseRelease{kPort}});
}

TEST_CASE("a keeper that outlived an agent is in the new agent's Join") {
  Leases leases("alpha");
  CHECK(leases.hold(7, {kPort, at(9000)}, at(1000)).to_keepers.empty());
  CHECK(leases.present() == std::vector{kPort});
  CHECK(join(leases, at(1500)).to_keepers == ToKeepers{{7, Valid{until(11'500)}}});
}

TEST_CASE("a keeper that comes back late is asked for anew, and lost if another node was faster") {
  for (const bool free : {true, false}) {
    Leases leases("alpha");
    join(leases, at(0));
    CHECK(leases.hold(7, {kPort, at(9000)}, at(1000)).to_gateway ==
          ToGateway{LeaseRequest{1, kPort}});
    const LeaseResult result = free ? LeaseResult::granted : LeaseResult::taken;
    const auto told = leases.answered({1, result, "beta"}).to_keepers;
    CHECK(told == ToKeepers{{7, free ? ToKeeper(Valid{until(10'000)}) : ToKeeper(Lost{})}});
    CHECK(leases.size() == (free ? 1 : 0));
  }
}

TEST_CASE("a keeper that comes between Join and Welcome is asked for after it") {
  Leases leases("alpha");
  static_cast<void>(leases.present());
  leases.hold(7, {kPort, at(9000)}, at(1000));
  const auto actions = leases.joined(welcome(), at(0));
  CHECK(actions.to_gateway == ToGateway{LeaseRequest{2, kPort}});
  CHECK(actions.to_keepers.empty());
}

TEST_CASE("a lease that is over cannot be held any more") {
  Leases leases("alpha");
  CHECK(leases.hold(7, {kPort, at(1000)}, at(1000)).to_keepers == ToKeepers{{7, Lost{}}});
  CHECK(leases.size() == 0);
}

TEST_CASE("who uses a port comes before those who ask for it") {
  Leases leases("alpha");
  leases.ask(1, kPort);
  CHECK(leases.hold(7, {kPort, at(9000)}, at(0)).to_keepers ==
        ToKeepers{{1, Denied{LeaseResult::taken, "alpha"}}});
  CHECK(leases.present() == std::vector{kPort});
}

TEST_CASE("a lease outlives its keeper by a moment, in which the command dies") {
  Leases leases = with_lease();
  leases.disconnected(1, at(2000));
  const BootTime end = at(2000) + Leases::kOrphanGrace;
  CHECK(leases.tick(end - milliseconds(1)).to_gateway.empty());
  CHECK(leases.tick(end).to_gateway == ToGateway{LeaseRelease{kPort}});
  CHECK(leases.size() == 0);
}

TEST_CASE("a keeper that lost its connection takes its lease back") {
  Leases leases = with_lease();
  leases.disconnected(1, at(2000));
  CHECK(leases.hold(2, {kPort, at(9000)}, at(2100)).to_keepers ==
        ToKeepers{{2, Valid{until(10'000)}}});
  CHECK(leases.tick(at(60'000)).to_gateway.empty());
}

TEST_CASE("who asks for a port whose keeper is gone gets it when the command is gone, too") {
  Leases leases = with_lease();
  leases.disconnected(1, at(2000));
  CHECK(leases.ask(2, kPort).to_keepers.empty());
  CHECK(leases.ask(3, kPort).to_keepers == ToKeepers{{3, Denied{LeaseResult::taken, "alpha"}}});
  CHECK(leases.tick(at(3000)).to_gateway == ToGateway{LeaseRequest{2, kPort}});
  CHECK(leases.answered({2, LeaseResult::granted, ""}).to_keepers ==
        ToKeepers{{2, Granted{until(10'000)}}});
}

TEST_CASE("a grant that nobody waits for any more is given back") {
  Leases leases("alpha");
  join(leases, at(0));
  leases.ask(1, kPort);
  leases.disconnected(1, at(0));
  CHECK(leases.answered({1, LeaseResult::granted, ""}).to_keepers.empty());
  CHECK(leases.tick(at(1000)).to_gateway == ToGateway{LeaseRelease{kPort}});
}

TEST_CASE("an heir gets the port anew where its lease was lost") {
  Leases leases = with_lease();
  leases.disconnected(1, at(0));
  leases.ask(2, kPort);
  leases.parted();
  CHECK(join(leases, at(500), {kPort}).to_gateway == ToGateway{LeaseRequest{3, kPort}});
}

TEST_CASE("an agent holds no more ports than a Join may tell") {
  Leases leases("alpha");
  for (std::uint16_t i = 1; i <= agent_protocol::kMaxLeases; ++i) {
    leases.ask(i, {Protocol::tcp, PortNumber(i)});
  }
  CHECK(leases.ask(5000, kPort).to_keepers == ToKeepers{{5000, Denied{LeaseResult::too_many, ""}}});
}

}  // namespace encluster::agent
