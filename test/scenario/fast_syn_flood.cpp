// A flood of SYNs that is too fast to be forwarded: clients have to repeat their SYN
// (docs/decisions/0009).
#include <catch2/catch.hpp>
#include <map>

#include "support/syn_flood.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

/// One that has just had more SYNs without room than a second may have.
struct StrictGateway : Gateway {
  static constexpr std::uint32_t kRate = 50;

  static switching::PipelineLimits limits() {
    switching::PipelineLimits limits = small_limits();
    limits.flood.syn_rate = kRate;
    return limits;
  }
  StrictGateway() : Gateway(example_cluster(), limits()) { flood(*this, kStrangers + kRate); }
};

}  // namespace

TEST_CASE(
    "in a flood faster than syn_rate, a client's first SYN is dropped and its second passes") {
  StrictGateway gateway;
  const LoginSession session(1000);
  const Outcome first = gateway.from_remote(session.from_remote().syn());
  CHECK(first.verdict == Verdict::drop);
  CHECK(first.reason == DropReason::syn_flood);
  gateway.pass(1);
  const Outcome second = gateway.from_remote(session.from_remote().syn());
  CHECK(second.verdict == Verdict::forward);
  const LoginSession open(gateway, 1000);
  CHECK(open.node() == second.packet.node);
  CHECK(gateway.from_remote(open.from_remote().seq(1).ack(1)).packet.node == open.node());
  CHECK(gateway.from_node(data_from(open.address(), open)).verdict == Verdict::forward);
}

TEST_CASE("a flood faster than syn_rate hardly reaches the nodes") {
  StrictGateway gateway;
  std::map<DropReason, std::uint32_t> reasons;
  for (std::uint32_t number = 0; number < 20000; ++number) {
    if (number % 2000 == 0) gateway.pass(1);
    ++reasons[gateway.from_remote(forged(10000 + number)).reason];
  }
  CHECK(reasons[DropReason::none] < 1000);
  CHECK(reasons[DropReason::syn_flood] == 20000 - reasons[DropReason::none]);
}

TEST_CASE("established sessions and entries of nodes do not notice the strictness") {
  Gateway gateway(example_cluster(), StrictGateway::limits());
  LoginSession session(gateway, 1000);
  session.answer(gateway, session.from_node().seq(1).ack(1).payload("$"));
  flood(gateway, 2000, 10000);
  CHECK(gateway.from_remote(LoginSession(1001).from_remote().syn()).reason ==
        DropReason::syn_flood);
  CHECK(gateway.from_remote(session.from_remote().seq(1).ack(1).payload("w\r")).verdict ==
        Verdict::forward);
  CHECK(gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 514).syn()).verdict ==
        Verdict::forward);
}

TEST_CASE("asking where a SYN would go in a fast flood names its node, and remembers nothing") {
  StrictGateway gateway;
  const LoginSession session(1000);
  const Outcome told = gateway.simulate(session.from_remote().syn(), Origin::network);
  CHECK(told.verdict == Verdict::forward);
  CHECK(gateway.from_remote(session.from_remote().syn()).reason == DropReason::syn_flood);
  CHECK(gateway.from_remote(session.from_remote().syn()).packet.node == told.packet.node);
}
