#include "replay/comparison.hpp"

#include <catch2/catch.hpp>

#include "sample.hpp"

namespace encluster::replay {
namespace {

using namespace test;

constexpr std::uint64_t kSecond = 1'000'000'000;

std::vector<std::byte> bytes(const PacketBuilder& builder) {
  const Frame frame = builder.build();
  return {frame.bytes().begin(), frame.bytes().end()};
}

PacketBuilder login() { return tcp().from(kRemote, 1023).syn(); }

Decision forwarded(std::uint64_t number, std::uint64_t nanoseconds, const PacketBuilder& leaves) {
  Decision decision;
  decision.number = number;
  decision.nanoseconds = nanoseconds;
  decision.verdict = Verdict::forward;
  decision.rule = Rule::message_switch;
  decision.egress = kInterconnect;
  decision.received = bytes(login().to(kCluster, 513));
  decision.sent = bytes(leaves);
  return decision;
}

Comparison both_sides_seen() { return Comparison({{0, 0}, {kInterconnect, 0}}); }

TEST_CASE("the same frame from the gateway agrees") {
  Comparison comparison = both_sides_seen();
  comparison.note(forwarded(1, 0, login().to(kAlpha, 513)));
  CHECK(comparison.explain(2, kInterconnect, bytes(login().to(kAlpha, 513))));
  comparison.finish(kSecond);
  CHECK(comparison.counts().agreed == 1);
  CHECK(comparison.counts().differed == 0);
}

TEST_CASE("another destination differs") {
  Comparison comparison = both_sides_seen();
  comparison.note(forwarded(1, 0, login().to(kAlpha, 513)));
  CHECK(comparison.explain(2, kInterconnect, bytes(login().to(kBeta, 513))));
  const auto differences = comparison.take_differences();
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].replayed == 1);
  CHECK(differences[0].captured == 2);
  CHECK(differences[0].what ==
        "the gateway sent 192.0.2.101:1023 > 10.77.0.12:513 TCP S, "
        "the replay sends 192.0.2.101:1023 > 10.77.0.11:513 TCP S");
  comparison.finish(kSecond);
  CHECK(comparison.counts().differed == 1);
}

TEST_CASE("equal frames are matched one by one") {
  Comparison comparison = both_sides_seen();
  comparison.note(forwarded(1, 0, login().to(kAlpha, 513)));
  comparison.note(forwarded(3, 9, login().to(kAlpha, 513)));
  const auto sent = bytes(login().to(kAlpha, 513));
  CHECK(comparison.explain(4, kInterconnect, sent));
  CHECK(comparison.explain(5, kInterconnect, sent));
  CHECK_FALSE(comparison.explain(6, kInterconnect, sent));
}

TEST_CASE("a frame that the gateway did not send within three seconds differs") {
  Comparison comparison = both_sides_seen();
  comparison.note(forwarded(1, kSecond, login().to(kAlpha, 513)));
  comparison.pass_until(3 * kSecond);
  CHECK(comparison.take_differences().empty());
  comparison.pass_until(5 * kSecond);
  const auto differences = comparison.take_differences();
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].captured == 0);
  CHECK(differences[0].what ==
        "the replay sends 192.0.2.101:1023 > 10.77.0.11:513 TCP S, the gateway did not");
}

TEST_CASE("a frame that the replay drops but the gateway sent differs") {
  Comparison comparison = both_sides_seen();
  Decision decision = forwarded(1, 0, login());
  decision.verdict = Verdict::drop;
  decision.reason = DropReason::no_node;
  decision.sent.clear();
  comparison.note(decision);
  CHECK_FALSE(comparison.explain(2, 0, bytes(login().to(kAlpha, 513))));  // back where it came
  CHECK(comparison.explain(2, kInterconnect, bytes(login().to(kAlpha, 513))));
  CHECK(comparison.take_differences().at(0).what ==
        "the gateway sent 192.0.2.101:1023 > 10.77.0.11:513 TCP S, the replay drops it as no_node");
}

TEST_CASE("a drop that the gateway made as well is no difference") {
  Comparison comparison = both_sides_seen();
  Decision decision = forwarded(1, 0, login());
  decision.verdict = Verdict::drop;
  decision.sent.clear();
  comparison.note(decision);
  comparison.finish(9 * kSecond);
  CHECK(comparison.counts().differed == 0);
}

TEST_CASE("what leaves as the capture ends, or before it shows the gateway, is not judged") {
  Comparison comparison(std::map<Side, std::uint64_t>{{kInterconnect, 5 * kSecond}});
  comparison.note(forwarded(1, kSecond, login().to(kAlpha, 513)));
  comparison.note(forwarded(2, 9 * kSecond, login().to(kAlpha, 513).seq(2)));
  comparison.finish(9 * kSecond + 1);
  CHECK(comparison.counts().differed == 0);
  CHECK(comparison.counts().unsettled == 2);
}

TEST_CASE("a side on which the capture never shows the gateway is not compared") {
  Comparison comparison(std::map<Side, std::uint64_t>{{0, 0}});
  comparison.note(forwarded(1, 0, login().to(kAlpha, 513)));
  comparison.finish(9 * kSecond);
  CHECK(comparison.counts().differed == 0);
  CHECK(comparison.counts().unsettled == 0);
}

TEST_CASE("what the kernel sent and what upkeep asks is not compared") {
  Comparison comparison = both_sides_seen();
  Decision kernels = forwarded(1, 0, login().to(kAlpha, 513));
  kernels.from_kernel = true;
  comparison.note(kernels);
  Decision question = forwarded(0, 0, login().to(kAlpha, 513));
  question.rule = Rule::upkeep;
  comparison.note(question);
  comparison.finish(9 * kSecond);
  CHECK(comparison.counts().differed == 0);
}

}  // namespace
}  // namespace encluster::replay
