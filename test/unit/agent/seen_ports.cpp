#include "agent/seen_ports.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace encluster::agent {
namespace {

using agent_protocol::FromAgent;
using agent_protocol::kMaxLeases;
using agent_protocol::LeaseAnswer;
using agent_protocol::LeasedPort;
using agent_protocol::LeaseRelease;
using agent_protocol::LeaseRequest;
using agent_protocol::LeaseResult;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr LeasedPort kPort{Protocol::udp, PortNumber(700)};
constexpr LeasedPort kOther{Protocol::tcp, PortNumber(8443)};
constexpr seconds kFence{15};

BoundPorts udp_ports(std::uint16_t first, std::uint16_t last) {
  BoundPorts ports;
  for (std::uint32_t port = first; port <= last; ++port) {
    ports.emplace(LeasedPort{Protocol::udp, PortNumber(static_cast<std::uint16_t>(port))}, 0);
  }
  return ports;
}

/// A node whose programs bind ports, with a gateway that the test answers for.
struct SeenFixture {
  BootTime now{seconds(1000)};
  std::string lines;
  control::Logger log{
      {.write = [this](const std::string& line) { lines += line; },
       .now = [this] { return control::LogSettings::Clock::time_point(now.time_since_epoch()); }}};
  std::vector<std::uint32_t> searched;
  Leases leases{"alpha"};
  SeenPorts seen{"alpha", leases,
                 [this](std::uint32_t inode) -> std::optional<SocketUser> {
                   searched.push_back(inode);
                   if (inode != 7) return std::nullopt;
                   return SocketUser{4711, "socat x"};
                 },
                 log};
  std::vector<FromAgent> sent;                         ///< to the gateway
  std::vector<std::pair<KeeperId, ToKeeper>> keepers;  ///< to those that are real

  void carry_out(const LeaseActions& actions) {
    for (const FromAgent& message : actions.to_gateway) sent.push_back(message);
    for (const auto& [keeper, message] : actions.to_keepers) {
      if (is_seen(keeper)) {
        seen.received(keeper, message, now);
      } else {
        keepers.emplace_back(keeper, message);
      }
    }
  }
  /// What the gateway was told since the last time.
  std::vector<FromAgent> told() { return std::exchange(sent, {}); }

  /// @returns what the Join holds
  std::vector<LeasedPort> join(std::vector<LeasedPort> lost = {}) {
    carry_out(seen.expire(now));
    auto held = leases.present();
    agent_protocol::Welcome welcome;
    welcome.lost = std::move(lost);
    welcome.heartbeat = milliseconds(500);
    welcome.fence = kFence;
    carry_out(leases.joined(welcome, now));
    return held;
  }
  void bind(const BoundPorts& bound) { carry_out(seen.update(bound, now)); }
  void pass(milliseconds time) {
    now += time;
    carry_out(leases.tick(now));
    carry_out(seen.tick(now));
  }
  /// Answers all requests that were told since the last time. @returns how many
  std::size_t answer(LeaseResult result, const std::string& owner = {}) {
    std::size_t count = 0;
    for (const FromAgent& message : told()) {
      const auto* const request = std::get_if<LeaseRequest>(&message);
      if (request == nullptr) continue;
      ++count;
      carry_out(leases.answered({request->request, result, owner}));
    }
    return count;
  }
  [[nodiscard]] std::size_t logged(const std::string& text) const {
    std::size_t count = 0;
    for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1)) {
      ++count;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("a port stands for its keeper, and the other way round") {
  CHECK(is_seen(seen_keeper(kPort)));
  CHECK_FALSE(is_seen(1));
  CHECK(seen_port(seen_keeper(kPort)) == kPort);
  CHECK(seen_port(seen_keeper(kOther)) == kOther);
}

TEST_CASE_METHOD(SeenFixture, "a port that is bound is leased, once, until it is closed") {
  join();
  bind({{kPort, 7}});
  CHECK(told() == std::vector<FromAgent>{LeaseRequest{1, kPort}});
  carry_out(leases.answered({1, LeaseResult::granted, ""}));
  CHECK(seen.held() == std::vector{kPort});
  CHECK(seen.valid_until() == now + kFence);
  bind({{kPort, 8}});
  pass(seconds(5));
  CHECK(told().empty());
  bind({});
  CHECK(told() == std::vector<FromAgent>{LeaseRelease{kPort}});
  CHECK(leases.size() == 0);
  CHECK(lines.empty());
}

TEST_CASE_METHOD(SeenFixture, "what is bound before there is a gateway is asked for after Join") {
  bind({{kPort, 0}, {kOther, 0}});
  CHECK(told().empty());
  CHECK(join().empty());
  CHECK(answer(LeaseResult::granted) == 2);
  CHECK(seen.held().size() == 2);
}

TEST_CASE_METHOD(SeenFixture, "leases are presented when the agent joins again") {
  join();
  bind({{kPort, 0}});
  answer(LeaseResult::granted);
  leases.parted();
  now += seconds(10);
  CHECK(join() == std::vector{kPort});
  CHECK(told().empty());
  CHECK(seen.valid_until() == now + kFence);
}

TEST_CASE_METHOD(SeenFixture, "a lease whose fence has passed is not presented, but asked for") {
  join();
  bind({{kPort, 0}});
  answer(LeaseResult::granted);
  leases.parted();
  SECTION("the agent saw it pass") { pass(kFence); }
  SECTION("the machine slept") { now += std::chrono::hours(1); }
  CHECK(join().empty());
  CHECK(seen.held().empty());
  CHECK(logged("event=leases_over ports=1") == 1);
  pass(milliseconds(0));
  CHECK(answer(LeaseResult::taken, "beta") == 1);
  CHECK(logged("event=port_conflict port=700/udp holder=beta reason=taken") == 1);
}

TEST_CASE_METHOD(SeenFixture, "the agent after this one presents what is still bound") {
  const BootTime until = now + seconds(9);
  seen.restore({kOther, kPort}, until);
  bind({{kPort, 0}, {{Protocol::udp, PortNumber(701)}, 0}});
  CHECK(seen.held() == std::vector{kPort});
  CHECK(seen.valid_until() == until);
  CHECK(join() == std::vector{kPort});
  CHECK(answer(LeaseResult::granted) == 1);
  bind({{kPort, 0}, {kOther, 0}});
  CHECK(answer(LeaseResult::granted) == 1);
}

TEST_CASE_METHOD(SeenFixture, "leases of an agent before that are over are asked for") {
  seen.restore({kPort}, now);
  bind({{kPort, 0}});
  CHECK(join().empty());
  CHECK(answer(LeaseResult::granted) == 1);
}

TEST_CASE_METHOD(SeenFixture, "a conflict is logged once, with the program, until it is over") {
  join();
  bind({{kPort, 7}});
  answer(LeaseResult::taken, "beta");
  CHECK(logged("level=warning event=port_conflict port=700/udp holder=beta reason=taken pid=4711 "
               "command=\"socat x\"") == 1);
  CHECK(seen.conflicts() == 1);
  pass(SeenPorts::kRetry - milliseconds(1));
  CHECK(told().empty());
  for (int i = 0; i < 10; ++i) {
    pass(SeenPorts::kRetry);
    CHECK(answer(LeaseResult::taken, "beta") == 1);
  }
  CHECK(logged("event=port_conflict ") == 1);
  CHECK(searched.size() == 1);
  pass(SeenPorts::kRetry);
  answer(LeaseResult::granted);
  CHECK(logged("event=port_conflict_over port=700/udp holder=beta reason=leased") == 1);
  CHECK(seen.conflicts() == 0);
  CHECK(seen.held() == std::vector{kPort});
}

TEST_CASE_METHOD(SeenFixture, "a conflict with another holder is another conflict") {
  join();
  bind({{kPort, 0}});
  answer(LeaseResult::quarantined, "beta");
  pass(SeenPorts::kRetry);
  answer(LeaseResult::taken, "gamma");
  CHECK(logged("event=port_conflict port=700/udp holder=beta reason=quarantined") == 1);
  CHECK(logged("event=port_conflict port=700/udp holder=gamma reason=taken") == 1);
  CHECK(seen.conflicts() == 1);
  CHECK(searched.empty());
}

TEST_CASE_METHOD(SeenFixture, "the loser that gives up says so") {
  join();
  bind({{kPort, 0}});
  answer(LeaseResult::taken, "beta");
  SECTION("between two attempts") {
    bind({});
    CHECK(told() == std::vector<FromAgent>{LeaseRelease{kPort}});
  }
  SECTION("while an attempt is not answered") {
    pass(SeenPorts::kRetry);
    CHECK(told().size() == 1);
    bind({});
    CHECK(told() == std::vector<FromAgent>{LeaseRelease{kPort}});
  }
  SECTION("but not where a keeper of the node asks for the port") {
    carry_out(leases.ask(1, kPort));
    CHECK(told().size() == 1);
    bind({});
    CHECK(told().empty());
  }
  CHECK(logged("event=port_conflict_over port=700/udp holder=beta reason=closed") == 1);
  CHECK(seen.conflicts() == 0);
}

TEST_CASE_METHOD(SeenFixture, "a lease that went to another node becomes a conflict") {
  join();
  bind({{kPort, 0}});
  answer(LeaseResult::granted);
  leases.parted();
  CHECK(join({kPort}) == std::vector{kPort});
  pass(milliseconds(250));
  CHECK(answer(LeaseResult::taken, "beta") == 1);
  CHECK(logged("event=port_conflict port=700/udp holder=beta") == 1);
}

TEST_CASE_METHOD(SeenFixture,
                 "what the gateway serves is no alarm, and asked for ever more rarely") {
  join();
  bind({{kPort, 0}});
  CHECK(answer(LeaseResult::not_leasable) == 1);
  pass(SeenPorts::kHopeless - milliseconds(1));
  CHECK(told().empty());
  pass(milliseconds(1));
  CHECK(answer(LeaseResult::not_leasable) == 1);
  CHECK(lines == "level=info event=port_not_leased port=700/udp reason=not_leasable\n");
  SECTION("or when the configuration is another one") {
    seen.reconsider(now);
    pass(milliseconds(0));
    CHECK(answer(LeaseResult::granted) == 1);
  }
}

TEST_CASE_METHOD(SeenFixture, "a keeper's command is not seen beside its keeper") {
  join();
  carry_out(leases.ask(1, kPort));
  answer(LeaseResult::granted);
  bind({{kPort, 0}});
  CHECK(told().empty());
  CHECK(lines.empty());
  CHECK(seen.held().empty());
  SECTION("it ends with it") {
    carry_out(leases.release(1));
    CHECK(told() == std::vector<FromAgent>{LeaseRelease{kPort}});
    bind({});
    pass(seconds(60));
    CHECK(told().empty());
  }
  SECTION("what outlives the keeper is seen a while later") {
    carry_out(leases.release(1));
    told();
    pass(SeenPorts::kCovered);
    CHECK(answer(LeaseResult::granted) == 1);
  }
  SECTION("a keeper without a word is inherited when its command must be dead") {
    leases.disconnected(1, now);
    pass(milliseconds(500));
    CHECK(told().empty());
  }
}

TEST_CASE_METHOD(SeenFixture, "a keeper that comes back late takes its port over") {
  join();
  bind({{kPort, 0}});
  const bool answered = GENERATE(true, false);
  if (answered) answer(LeaseResult::granted);
  carry_out(leases.hold(1, {kPort, now + seconds(5)}, now));
  if (!answered) answer(LeaseResult::granted);
  REQUIRE(keepers.size() == 1);
  CHECK(keepers[0] == std::pair<KeeperId, ToKeeper>{1, Valid{{now + kFence, kFence}}});
  CHECK(seen.held().empty());
  bind({});
  CHECK(told().empty());
  CHECK(leases.knows(1));
}

TEST_CASE_METHOD(SeenFixture, "a keeper is denied what a program of its node has") {
  join();
  bind({{kPort, 0}});
  answer(LeaseResult::granted);
  carry_out(leases.ask(1, kPort));
  CHECK(keepers ==
        std::vector<std::pair<KeeperId, ToKeeper>>{{1, Denied{LeaseResult::taken, "alpha"}}});
}

TEST_CASE_METHOD(SeenFixture, "thousands of conflicts are asked for in turn, new ports first") {
  join();
  bind(udp_ports(1, 3000));
  CHECK(answer(LeaseResult::taken, "beta") == static_cast<std::size_t>(SeenPorts::kBurst));
  std::size_t asked = 0;
  for (int i = 0; i < 40; ++i) {
    pass(milliseconds(250));
    asked += answer(LeaseResult::taken, "beta");
  }
  CHECK(static_cast<double>(asked) <= 10 * SeenPorts::kRate + 1);
  CHECK(static_cast<double>(asked) >= 10 * SeenPorts::kRate - 1);
  CHECK(seen.conflicts() == 3000);
  BoundPorts bound = udp_ports(1, 3001);
  pass(milliseconds(250));
  answer(LeaseResult::taken, "beta");
  now += milliseconds(250);
  bind(bound);
  const auto requests = told();
  REQUIRE_FALSE(requests.empty());
  CHECK(std::get<LeaseRequest>(requests.front()).port.port == PortNumber(3001));
  // The log is bounded, and so are the searches for programs.
  CHECK(logged("event=port_conflict ") < 200);
  CHECK(searched.empty());
}

TEST_CASE_METHOD(SeenFixture, "programs behind conflicts are searched for a few times only") {
  join();
  BoundPorts bound = udp_ports(1, 100);
  for (auto& [port, inode] : bound) inode = 9;
  bind(bound);
  answer(LeaseResult::taken, "beta");
  CHECK(searched.size() == static_cast<std::size_t>(SeenPorts::kSearchBurst));
}

TEST_CASE_METHOD(SeenFixture, "a node has no more ports than a Join may tell") {
  join();
  bind(udp_ports(1, kMaxLeases + 5));
  std::size_t granted = 0;
  for (int i = 0; i < 10; ++i) {
    granted += answer(LeaseResult::granted);
    pass(seconds(1));
  }
  CHECK(granted == kMaxLeases);
  CHECK(logged("event=ports_not_leased count=5 most=4096") == 1);
  bind(udp_ports(1, kMaxLeases + 6));
  CHECK(logged("event=ports_not_leased") == 1);
  CHECK(seen.held().size() == kMaxLeases);
  bind(udp_ports(2, kMaxLeases + 5));
  pass(seconds(1));
  CHECK(answer(LeaseResult::granted) == 1);
}

TEST_CASE_METHOD(SeenFixture, "a program that binds and closes all the time costs a bounded rate") {
  join();
  std::size_t messages = 0;
  for (int i = 0; i < 500; ++i) {  // ten seconds
    bind(udp_ports(512, 1023));
    now += milliseconds(10);
    bind({});
    now += milliseconds(10);
    messages += told().size();
  }
  CHECK(static_cast<double>(messages) <= 2 * (SeenPorts::kBurst + 10 * SeenPorts::kRate));
  CHECK(messages > 0);
}

}  // namespace encluster::agent
