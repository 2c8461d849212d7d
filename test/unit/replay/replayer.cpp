// Exact verdict lines for small captures.
#include "replay/replayer.hpp"

#include <catch2/catch.hpp>

#include "replay/report.hpp"
#include "sample.hpp"
#include "services/in_tree.hpp"
#include "switching/remote_hash.hpp"

namespace encluster::replay {
namespace {

using namespace test;
using Lines = std::vector<std::string>;

/// Feeds all frames, none of which the gateway sent.
class Play {
 public:
  explicit Play(const Frames& frames, std::size_t workers = 1)
      : frames_(frames.all()),
        survey_(survey(frames_, both_sides(), configuration(),
                       {{0, kOutsideMac}, {kInterconnect, kInsideMac}})),
        replayer_(cluster_for(configuration(), survey_), {.connections = {1024, 64}}, workers,
                  plugins_in_tree()) {}

  Lines lines(Format format = Format::text) {
    const Report report(configuration(), format, frames_.at(0).nanoseconds);
    Lines lines;
    for (const Decision& decision : decisions()) lines.push_back(report.line(decision));
    return lines;
  }
  std::vector<Decision> decisions() {
    std::vector<Decision> all;
    std::uint64_t number = 0;
    for (const CapturedFrame& frame : frames_) {
      const Side side = both_sides().at(frame.interface).value();
      for (Decision& decision : replayer_.receive(++number, frame, side)) {
        all.push_back(std::move(decision));
      }
    }
    return all;
  }
  Replayer& replayer() { return replayer_; }

 private:
  std::vector<CapturedFrame> frames_;
  Survey survey_;
  Replayer replayer_;
};

TEST_CASE("a login is followed from its first segment") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  frames.inside(tcp().from(kAlpha, 513).to(kRemote, 1023).syn().ack(1), 1);
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).ack(1).payload("hello"), 1500);
  frames.outside(tcp().from(kRemote, 1022).to(kCluster, 513).syn(), 2000);
  CHECK(Play(frames).lines() ==
        Lines{"1 0.000000 campus forward rule=switch:rlogin node=alpha "
              "192.0.2.101:1023 > 192.0.2.1:513 TCP S => "
              "interconnect 192.0.2.101:1023 > 10.77.0.11:513 TCP S",
              "2 0.001000 interconnect forward rule=connection:rlogin node=alpha "
              "10.77.0.11:513 > 192.0.2.101:1023 TCP SA => "
              "campus 192.0.2.1:513 > 192.0.2.101:1023 TCP SA",
              "3 1.500000 campus forward rule=connection:rlogin node=alpha "
              "192.0.2.101:1023 > 192.0.2.1:513 TCP A len 5 => "
              "interconnect 192.0.2.101:1023 > 10.77.0.11:513 TCP A len 5",
              "4 2.000000 campus forward rule=switch:rlogin node=beta "
              "192.0.2.101:1022 > 192.0.2.1:513 TCP S => "
              "interconnect 192.0.2.101:1022 > 10.77.0.12:513 TCP S"});
}

TEST_CASE("each worker takes turns among the nodes for itself") {
  constexpr Ipv4Address kOther{192, 0, 2, 102};
  REQUIRE(switching::shard_of(kOther, 2) != switching::shard_of(kRemote, 2));
  Frames frames;
  for (const Ipv4Address remote : {kRemote, kOther, kRemote}) {
    frames.outside(tcp()
                       .from(remote, static_cast<std::uint16_t>(1023 - frames.all().size()))
                       .to(kCluster, 513)
                       .syn());
  }
  const auto nodes_of = [&](std::size_t workers) {
    std::vector<std::uint16_t> nodes;
    for (const Decision& decision : Play(frames, workers).decisions()) {
      nodes.push_back(decision.node.value().value());
    }
    return nodes;
  };
  CHECK(nodes_of(1) == std::vector<std::uint16_t>{1, 2, 1});
  CHECK(nodes_of(2) == std::vector<std::uint16_t>{1, 1, 2});
}

TEST_CASE("drops, answers and the local stack have their reasons") {
  Frames frames;
  frames.add(0, udp().from(kRemote, 9).to(kCluster, 9).macs(kRemoteMac, kBetaMac), 0);
  frames.outside(tcp().from(kRemote, 9).to(kCluster, 513).ack(1));
  frames.outside(icmp_echo_request().from(kRemote).to(kCluster).identifier(4).sequence(1));
  frames.inside(udp().from(kAlpha, kBetaSlice).to(kRemote, 53));
  frames.inside(tcp().from(kAlpha, 5432).to(kRemote, 99).ack(1));
  CHECK(Play(frames).lines() ==
        Lines{"1 0.000000 campus drop rule=admission reason=not_our_mac "
              "192.0.2.101:9 > 192.0.2.1:9 UDP",
              "2 0.000000 campus answer rule=switch:rlogin node=gateway reason=no_connection "
              "192.0.2.101:9 > 192.0.2.1:513 TCP A => campus 192.0.2.1:513 > 192.0.2.101:9 TCP R",
              "3 0.000000 campus local rule=local-stack node=gateway "
              "192.0.2.101 > 192.0.2.1 ICMP echo request id 4 seq 1",
              "4 0.000000 interconnect answer rule=slice:beta node=alpha reason=foreign_slice "
              "10.77.0.11:49152 > 192.0.2.101:53 UDP => "
              "interconnect 10.77.0.1 > 10.77.0.11 ICMP type 3 code 3",
              "5 0.000000 interconnect answer rule=switch:database node=alpha "
              "reason=foreign_service 10.77.0.11:5432 > 192.0.2.101:99 TCP A => "
              "interconnect 192.0.2.101:99 > 10.77.0.11:5432 TCP R"});
}

TEST_CASE("slices, claims and hairpins are told by name") {
  Frames frames;
  frames.outside(udp().from(kRemote, 53).to(kCluster, kBetaSlice));
  frames.inside(udp().from(kBeta, kBetaSlice).to(kRemote, 53));
  frames.inside(udp().from(kBeta, 600).to(kRemote, 53));
  frames.inside(tcp().from(kBeta, kBetaSlice).to(kCluster, 5432).syn());
  CHECK(Play(frames).lines() ==
        Lines{"1 0.000000 campus forward rule=slice:beta node=beta "
              "192.0.2.101:53 > 192.0.2.1:49152 UDP => "
              "interconnect 192.0.2.101:53 > 10.77.0.12:49152 UDP",
              "2 0.000000 interconnect forward rule=slice:beta node=beta "
              "10.77.0.12:49152 > 192.0.2.101:53 UDP => "
              "campus 192.0.2.1:49152 > 192.0.2.101:53 UDP",
              "3 0.000000 interconnect forward rule=claim node=beta "
              "10.77.0.12:600 > 192.0.2.101:53 UDP => campus 192.0.2.1:600 > 192.0.2.101:53 UDP",
              "4 0.000000 interconnect forward rule=switch:database node=beta "
              "10.77.0.12:49152 > 192.0.2.1:5432 TCP S => "
              "interconnect 192.0.2.1:49152 > 10.77.0.12:5432 TCP S"});
}

TEST_CASE("JSON says the same") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  frames.add(0, udp().from(kRemote, 9).to(kCluster, 9).macs(kRemoteMac, kBetaMac), 2);
  CHECK(Play(frames).lines(Format::json) ==
        Lines{R"({"packet":1,"time":"1700000000.000000000","interface":"campus",)"
              R"("verdict":"forward","rule":"switch:rlogin","node":"alpha","received":{)"
              R"("source":"192.0.2.101:1023","destination":"192.0.2.1:513","protocol":"TCP",)"
              R"("detail":"S"},"sent":{"interface":"interconnect","source":"192.0.2.101:1023",)"
              R"("destination":"10.77.0.11:513","protocol":"TCP","detail":"S"}})",
              R"({"packet":2,"time":"1700000000.002000000","interface":"campus",)"
              R"("verdict":"drop","rule":"admission","reason":"not_our_mac","received":{)"
              R"("source":"192.0.2.101:9","destination":"192.0.2.1:9","protocol":"UDP",)"
              R"("detail":""}})"});
}

TEST_CASE("frames carry the MAC addresses of gateway and next hop") {
  Frames frames;
  frames.inside(udp().from(kBeta, 600).to(kBeta, 1));  // shows beta's address, no more
  frames.outside(udp().from(kRemote, 53).to(kCluster, kBetaSlice));
  const Decision decision = Play(frames).decisions().back();
  const auto* ethernet = reinterpret_cast<const net::EthernetHeader*>(decision.sent.data());
  CHECK(ethernet->source == kInsideMac);
  CHECK(ethernet->destination == kBetaMac);
  CHECK(checksums_ok(decision.sent));
}

TEST_CASE("packets for a neighbour that nobody has seen wait, then are dropped") {
  Frames frames;
  frames.inside(udp().from(kAlpha, 600).to(Ipv4Address(192, 0, 2, 77), 53));
  frames.outside(udp().from(kRemote, 9).to(kCluster, 9), 9000);
  CHECK(Play(frames).lines() ==
        Lines{"1 0.000000 interconnect hold rule=claim node=alpha "
              "10.77.0.11:600 > 192.0.2.77:53 UDP",
              "1 9.000000 interconnect drop rule=claim node=alpha reason=unresolved "
              "10.77.0.11:600 > 192.0.2.77:53 UDP",
              "2 9.000000 campus local rule=local-stack node=gateway "
              "192.0.2.101:9 > 192.0.2.1:9 UDP"});
}

TEST_CASE("the captured clock ages connections") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).ack(1), 59'000);
  frames.outside(tcp().from(kRemote, 1022).to(kCluster, 513).syn(), 60'000);
  frames.outside(tcp().from(kRemote, 1022).to(kCluster, 513).rst(), 130'000);
  const auto decisions = Play(frames).decisions();
  CHECK(decisions.at(1).rule == Rule::connection);
  CHECK(decisions.at(3).verdict == Verdict::drop);
  CHECK(decisions.at(3).reason == DropReason::no_connection);
}

TEST_CASE("an idle connection is asked about in the remote's name") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  frames.inside(tcp().from(kAlpha, 513).to(kRemote, 1023).syn().ack(1));
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).ack(1));
  frames.outside(udp().from(kRemote, 9).to(kCluster, 9), 3 * 3'600'000);
  const Lines lines = Play(frames).lines();
  REQUIRE(lines.size() >= 5);
  CHECK(lines[3] ==
        "0 10800.000000 gateway forward rule=upkeep node=alpha => "
        "interconnect 192.0.2.101:1023 > 10.77.0.11:513 TCP A");
}

TEST_CASE("sessions beyond the table of handshakes are their service's, too") {
  Frames frames;
  for (std::uint16_t port = 1000; port < 1100; ++port) {
    frames.outside(tcp().from(kRemote, port).to(kCluster, 513).syn());
  }
  for (const Decision& decision : Play(frames).decisions()) {
    CHECK(decision.verdict == Verdict::forward);
    CHECK(decision.rule == Rule::message_switch);
  }
}

TEST_CASE("timestamps at both ends of time do no harm") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  Play play(frames);
  CHECK(play.decisions().size() == 1);
  CHECK_NOTHROW(play.replayer().pass_until(~std::uint64_t{0}));
  CHECK_NOTHROW(play.replayer().pass_until(0));
}

TEST_CASE("a frame that was captured in part is replayed in its full length") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn().payload("0123456789"));
  Play play(frames);
  const auto all = frames.all();
  CapturedFrame cut = all[0];
  cut.bytes = cut.bytes.first(54);
  const Decision decision = play.replayer().receive(1, cut, 0).back();
  CHECK(decision.verdict == Verdict::forward);
  CHECK(decision.sent.size() == all[0].bytes.size());
  CHECK(decision.kept == 54);
}

TEST_CASE("the longest frame there is fits") {
  Play play(Frames().outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn()));
  CapturedFrame longest;
  longest.original_length = 0xffff;
  CHECK(play.replayer().receive(1, longest, 0).back().verdict == Verdict::drop);
  longest.original_length = 0;
  CHECK(play.replayer().receive(2, longest, 0).back().reason == DropReason::frame_truncated);
}

}  // namespace
}  // namespace encluster::replay
