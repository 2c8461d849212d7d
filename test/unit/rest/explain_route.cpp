#include "rest/explain_route.hpp"

#include <catch2/catch.hpp>

#include "frame_text/decision_text.hpp"
#include "support/random_packets.hpp"
#include "unit/recovery/fake_workers.hpp"

namespace encluster::rest {
namespace {

using test::Gateway;
using test::Outcome;
using Words = std::vector<std::string>;

/// Asks workers that are the gateway's in memory.
struct Fixture {
  Gateway gateway;
  recovery::FakeWorkers workers;

  RouteView ask(const RouteQuestion& question) {
    static const std::vector<std::string> kNames{"gateway", "alpha", "beta", "gamma"};
    std::optional<RouteView> answer;
    bool answered = false;
    explain_route(
        workers.group, question,
        {.node = [](NodeId node) { return kNames.at(node.value()); },
         .snapshot = [this]() -> const switching::Snapshot& { return gateway.snapshot(); }},
        [&](const std::optional<RouteView>& route) {
          answer = route;
          answered = true;
        });
    workers.work([this](WorkerId, const switching::Command& command) {
      return gateway.execute(command).count;
    });
    workers.group.poll_events({});
    REQUIRE(answered);
    REQUIRE(answer.has_value());
    return *answer;
  }
  RouteView ask(Ipv4Address source, std::uint16_t source_port, std::optional<Ipv4Address> to,
                std::uint16_t port, std::uint8_t flags = tcp_flag::syn) {
    return ask({.from = {},
                .packet = DescribedPacket{Protocol::tcp, source, PortNumber(source_port), to,
                                          PortNumber(port), flags}});
  }
  [[nodiscard]] static Words rules_of(const RouteView& route) {
    Words rules;
    for (const RuleView& rule : route.looked_at) rules.emplace_back(rule.rule);
    return rules;
  }
};

std::vector<std::byte> bytes_of(const test::Frame& frame) {
  return {frame.bytes().begin(), frame.bytes().end()};
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a login goes where its routing function says") {
  const RouteView route = ask(test::kFarRemote, 1023, std::nullopt, 513);
  CHECK(route.verdict == "forward");
  CHECK(route.rule == "switch");
  CHECK(route.service == "rlogin");
  CHECK(route.node == "alpha");
  CHECK(route.to == "interconnect");
  CHECK(route.received == "198.51.100.7:1023 > 192.0.2.1:513 TCP S");
  CHECK(route.sent == "198.51.100.7:1023 > 10.77.0.11:513 TCP S");
  CHECK(rules_of(route) == Words{"admission", "switch"});
  CHECK(route.looked_at[1].found == "service rlogin: its routing function decides");
  CHECK(ask(test::kFarRemote, 1023, std::nullopt, 513).node == "alpha");
}

TEST_CASE_METHOD(Fixture, "a session that is known goes on where it is") {
  const auto packet = test::tcp().from(test::kFarRemote, 1023).to(test::kCluster, 513);
  gateway.from_remote(test::PacketBuilder(packet).syn());
  const RouteView route = ask(test::kFarRemote, 1023, std::nullopt, 513, tcp_flag::ack);
  CHECK(route.rule == "connection");
  CHECK(rules_of(route) == Words{"admission", "switch", "connection"});
}

TEST_CASE_METHOD(Fixture, "what has no entry goes by slices, connections and the local stack") {
  const RouteView slice = ask(test::kRemote, 40000, std::nullopt, test::kBetaSlice + 7);
  CHECK(slice.rule == "slice");
  CHECK(slice.node == "beta");
  CHECK(slice.looked_at.back().found ==
        "port " + std::to_string(test::kBetaSlice + 7) + " is in the slice of beta");
  const RouteView local = ask(test::kRemote, 40000, std::nullopt, 999);
  CHECK(local.verdict == "local");
  CHECK(local.to == "local");
  CHECK(rules_of(local) == Words{"admission", "switch", "slice", "connection", "local-stack"});
}

TEST_CASE_METHOD(Fixture, "a node's packet comes from the interconnect") {
  const RouteView claim = ask(test::kAlpha, 1023, test::kFarRemote, 514);
  CHECK(claim.from == "interconnect");
  CHECK(claim.rule == "claim");
  CHECK(claim.node == "alpha");
  CHECK(claim.sent == "192.0.2.1:1023 > 198.51.100.7:514 TCP S");
  const RouteView foreign = ask(test::kAlpha, test::kBetaSlice, test::kFarRemote, 80);
  CHECK(foreign.reason == "foreign_slice");
  CHECK_FALSE(foreign.meaning.empty());
  CHECK(foreign.looked_at.back().rule == "slice");
}

TEST_CASE_METHOD(Fixture, "a packet may be given from its IP header on, or as a damaged frame") {
  const auto frame =
      bytes_of(test::tcp().from(test::kFarRemote, 1023).to(test::kCluster, 513).syn().build());
  const std::vector<std::byte> packet(frame.begin() + 14, frame.end());
  CHECK(ask({.from = {}, .packet = packet}).service == "rlogin");
  std::vector<std::byte> damaged = packet;
  damaged[10] ^= std::byte{1};
  const RouteView route = ask({.from = {}, .packet = damaged});
  CHECK(route.verdict == "drop");
  CHECK(route.reason == "ip_checksum");
  CHECK(route.sent.empty());
  CHECK(rules_of(route) == Words{"admission"});
  CHECK(ask({.from = {}, .packet = std::vector<std::byte>(14)}).verdict == "drop");
}

TEST_CASE_METHOD(Fixture, "a side that does not exist is refused") {
  RouteQuestion question{.from = "moon", .packet = DescribedPacket{}};
  CHECK_THROWS_WITH(ask(question),
                    Catch::StartsWith("from: found 'moon'; allowed: interconnect, "));
}

// The claim of docs/enclusterctl.md: what is told is what happens.
TEST_CASE_METHOD(Fixture, "ten thousand random packets go where it was said") {
  test::Dice dice(7);
  std::map<std::string, int> rules;
  for (int i = 0; i < 10'000; ++i) {
    const bool inside = dice.below(2) == 0;
    const test::Ends ends = inside
                                ? dice.outbound(dice.one_of(test::kNodes))
                                : test::Ends{dice.one_of(test::kRemotes), test::kCluster,
                                             dice.one_of(test::kPorts), dice.one_of(test::kPorts)};
    const test::Frame frame = dice.packet(ends)
                                  .macs(test::mac_of(inside ? ends.source : test::kRouter),
                                        inside ? test::kInsideMac : test::kOutsideMac)
                                  .build();
    const std::string side = inside ? "interconnect" : gateway.snapshot().networks[0].name;
    const RouteView told = ask({.from = side, .packet = bytes_of(frame)});
    const Outcome out = gateway.receive(frame, inside ? Origin::interconnect : Origin::network);
    INFO(i << ": " << told.received << " became " << out.text);
    // That there is no room for one more to wait is not told.
    if (out.reason == DropReason::hold_full) {
      CHECK(told.verdict == "hold");
      continue;
    }
    CHECK(told.verdict == frame_text::name_of(out.verdict));
    CHECK(told.rule == frame_text::name_of(out.packet.rule));
    CHECK((out.reason == DropReason::none ? told.reason.empty()
                                          : told.reason == name_of(out.reason)));
    if (!told.frame.empty()) CHECK(told.frame == out.frame);
    CHECK(told.looked_at.back().rule == told.rule);
    ++rules[std::string(told.rule)];
    if (dice.below(50) == 0) gateway.pass(dice.below(100));
  }
  for (const char* const rule :
       {"switch", "slice", "connection", "claim", "unclaimed", "local-stack"}) {
    CAPTURE(rule);
    CHECK(rules[rule] > 20);
  }
}

}  // namespace encluster::rest
