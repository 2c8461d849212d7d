// Whole replays: files in, a file and an exit status out.
#include "replay/run.hpp"

#include <catch2/catch.hpp>
#include <sstream>

#include "replay/pcapng_reader.hpp"
#include "sample.hpp"
#include "services/in_tree.hpp"
#include "temporary_file.hpp"

namespace encluster::replay {
namespace {

using namespace test;

struct Ran {
  int status;
  std::string out;
  std::string warnings;
};

Ran run_on_file(const std::filesystem::path& file, CommandLine line) {
  std::ostringstream out;
  std::ostringstream warnings;
  line.inputs = {{file, {}}};
  const int status = run(line, configuration(), plugins_in_tree(), out, warnings);
  return {status, out.str(), warnings.str()};
}

Ran run_on(const Frames& frames, const CommandLine& line) {
  const TemporaryFile file(frames.file());
  return run_on_file(file.path(), line);
}

CommandLine comparing() {
  CommandLine line;
  line.compare = true;
  line.quiet = true;
  return line;
}

std::string compare(const Frames& frames) { return run_on(frames, comparing()).out; }

constexpr const char* kAgreed = "compared: 2 agree, 0 differ, 0 unsettled\n";

/// A login as both cables show it: what reaches the gateway, and what it sends.
Frames captured_login(Ipv4Address node) {
  const auto from_remote = [] { return tcp().from(kRemote, 1023).syn(); };
  const auto from_node = [] { return tcp().to(kRemote, 1023).syn().ack(1); };
  Frames frames;
  frames.outside(from_remote().to(kCluster, 513), 0);
  frames.sent_inside(from_remote().to(node, 513), 1);
  frames.inside(from_node().from(node, 513), 2);
  frames.sent_outside(from_node().from(kCluster, 513), 3);
  frames.outside(udp().from(kRemote, 9).to(kCluster, 9), 500);
  return frames;
}

TEST_CASE("a capture of the same decisions agrees") {
  const Ran ran = run_on(captured_login(kAlpha), comparing());
  CHECK(ran.status == 0);
  CHECK(ran.out == kAgreed);
}

TEST_CASE("a capture of another decision differs") {
  const Ran ran = run_on(captured_login(kBeta), comparing());
  CHECK(ran.status == 1);
  CHECK(ran.out ==
        "difference: packets 1 and 2: the gateway sent 192.0.2.101:1023 > 10.77.0.12:513 TCP S, "
        "the replay sends 192.0.2.101:1023 > 10.77.0.11:513 TCP S\n"
        "difference: packets 3 and 4: the gateway sent 192.0.2.1:513 > 192.0.2.101:1023 TCP SA, "
        "the replay drops it as not_owner\n"
        "compared: 0 agree, 2 differ, 0 unsettled\n");
}

TEST_CASE("a difference, counts and the comparison are JSON where JSON is asked for") {
  CommandLine line = comparing();
  line.format = Format::json;
  line.summary = true;
  CHECK(run_on(captured_login(kAlpha), line).out ==
        R"({"summary":{"node alpha":2,"node gateway":1,"packets":5,"packets passed over":0,)"
        R"("packets sent by the gateway":2,"rule connection:rlogin":1,"rule local-stack":1,)"
        R"("rule switch:rlogin":1,"verdict forward":2,"verdict local":1}})"
        "\n"
        R"({"compared":{"agree":2,"differ":0,"unsettled":0}})"
        "\n");
  CHECK_THAT(run_on(captured_login(kBeta), line).out,
             Catch::StartsWith(R"({"difference":"the gateway sent 192.0.2.101:1023 > )"));
}

TEST_CASE("frames of the gateway's kernel are no differences") {
  Frames frames = captured_login(kAlpha);
  frames.sent_outside(icmp_echo_reply().from(kCluster).to(kRemote).identifier(1), 600);
  frames.sent_outside(tcp().from(kCluster, 17000).to(kRemote, 80).syn(), 610);
  frames.sent_inside(udp().from(kInside, 9).to(kAlpha, 9), 620);
  frames.sent_inside(udp().from(kCluster, 9).to(kAlpha, 9), 630);
  frames.add(0, arp_request().from(kCluster).to(kRemote).macs(kOutsideMac, kRemoteMac), 640);
  CHECK(compare(frames) == kAgreed);
}

TEST_CASE("frames that neither the replay nor the kernel can have sent are differences") {
  SECTION("outside, from a port of a node") {
    Frames frames = captured_login(kAlpha);
    frames.sent_outside(tcp().from(kCluster, kBetaSlice).to(kRemote, 80).syn(), 600);
    CHECK_THAT(compare(frames), Catch::Contains("compared: 2 agree, 1 differ"));
  }
  SECTION("inside, in a remote's name") {
    Frames frames = captured_login(kAlpha);
    frames.sent_inside(udp().from(kRemote, 9).to(kAlpha, 9), 600);
    CHECK_THAT(compare(frames), Catch::Contains("compared: 2 agree, 1 differ"));
  }
}

TEST_CASE("the gateway's question to a node is no difference") {
  Frames frames = captured_login(kAlpha);
  frames.sent_inside(tcp().from(kRemote, 1023).to(kAlpha, 513).ack(0).seq(0x12345), 600);
  CHECK(compare(frames) == kAgreed);
}

TEST_CASE("a capture that shows nothing of the gateway cannot be compared") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  CHECK_THROWS_WITH(compare(frames), Catch::Contains("nothing to compare"));
}

TEST_CASE("what leaves is written with its interface and its reason, drops on request") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  frames.add(0, udp().from(kRemote, 9).to(kCluster, 9).macs(kRemoteMac, kBetaMac), 0);
  for (const bool drops : {false, true}) {
    const TemporaryFile out;
    CommandLine line;
    line.output = out.path();
    line.drops = drops;
    CHECK(run_on(frames, line).status == 0);
    const std::string written = out.contents();
    ReadResult result = read_capture(std::as_bytes(std::span(written)));
    REQUIRE(std::holds_alternative<Capture>(result));
    const auto& capture = std::get<Capture>(result);
    CHECK(capture.interfaces.at(0).name == "campus");
    CHECK(capture.interfaces.at(1).name == "interconnect");
    REQUIRE(capture.frames.size() == (drops ? 2 : 1));
    CHECK(capture.interfaces.at(capture.frames[0].interface).name == "interconnect");
    CHECK(describe(capture.frames[0].bytes) == "192.0.2.101:1023 > 10.77.0.11:513 TCP S seq 0");
    CHECK(written.find("packet=1 verdict=forward rule=switch:rlogin node=alpha") !=
          std::string::npos);
    CHECK((written.find("packet=2 verdict=drop rule=admission reason=not_our_mac") !=
           std::string::npos) == drops);
    if (drops) CHECK(capture.frames[1].interface == 0);
  }
}

TEST_CASE("an output that cannot be written is an error") {
  Frames frames;
  frames.outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  CommandLine line;
  line.output = "/dev/full";
  CHECK_THROWS_WITH(run_on(frames, line), Catch::Contains("/dev/full"));
  line.output = "/nonexistent/x";
  CHECK_THROWS_WITH(run_on(frames, line), Catch::Contains("/nonexistent/x"));
}

TEST_CASE("a frame longer than a packet can be is passed over") {
  const TemporaryFile file(
      Frames().outside(tcp().from(kRemote, 1023).to(kCluster, 513).syn()).file());
  std::string bytes = file.contents();
  const std::size_t original = bytes.size() - 4 - 56 - 4;  // before a frame of 54 bytes, padded
  bytes.replace(original, 4, std::string("\0\0\1\0", 4));
  const TemporaryFile longer(bytes);
  CommandLine line = comparing();
  line.compare = false;
  line.summary = true;
  CHECK_THAT(run_on_file(longer.path(), line).out,
             Catch::Contains("packets passed over 1\n") && !Catch::Contains("verdict"));
}

}  // namespace
}  // namespace encluster::replay
