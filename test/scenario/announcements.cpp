// Announcements that the gateway replaces, and bytes that only look like one.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::uint32_t kInitialSequence = 1000;

/// A node's connection to the remote's rshd.
class Session {
 public:
  Session(Gateway& gateway, Ipv4Address node, std::uint16_t port)
      : gateway_(gateway), node_(node), port_(port) {
    gateway_.from_node(segment().syn().seq(kInitialSequence));
    gateway_.from_node(segment().ack(1).seq(kInitialSequence + 1));
  }
  /// Payload, `offset` bytes after the first.
  template <std::size_t Size>
  Outcome says(const char (&text)[Size], std::uint32_t offset = 0) {
    return gateway_.from_node(segment().ack(1).seq(kInitialSequence + 1 + offset).payload(text));
  }

 private:
  [[nodiscard]] PacketBuilder segment() const { return tcp().from(node_, port_).to(kRemote, 514); }

  Gateway& gateway_;
  Ipv4Address node_;
  std::uint16_t port_;
};

PacketBuilder second(std::uint16_t to, std::uint16_t from = 1000) {
  return tcp().from(kRemote, from).to(kCluster, to);
}

template <std::size_t Size>
std::string bytes(const char (&text)[Size]) {
  return std::string(text, Size - 1);
}

}  // namespace

TEST_CASE("the second of two nodes that announce one port announces another instead") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  const Outcome out = Session(gateway, kBeta, 1021).says("1022\0");
  CHECK(out.verdict == Verdict::forward);
  CHECK(payload_of(out.frame) == bytes("1023\0"));
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.counters().announcements_replaced.value() == 1);
}

TEST_CASE("the remote's connection to the replacement reaches the node's real port, and back") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session(gateway, kBeta, 1021).says("1022\0");
  const Outcome in = gateway.from_remote(second(1023).syn().seq(5));
  CHECK(in.text == "192.0.2.101:1000 > 10.77.0.12:1022 TCP S seq 5");
  CHECK(checksums_ok(in.frame));
  const Outcome out = gateway.from_node(tcp().from(kBeta, 1022).to(kRemote, 1000).syn().ack(6));
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:1000 TCP SA seq 0 ack 6");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.from_remote(second(1022, 999).syn()).packet.node == NodeId(1));
}

TEST_CASE("a repeated announcement is replaced by the same port") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session beta(gateway, kBeta, 1021);
  beta.says("1022\0");
  const Outcome again = beta.says("1022\0");
  CHECK(payload_of(again.frame) == bytes("1023\0"));
  CHECK(checksums_ok(again.frame));
  CHECK(gateway.counters().announcements.value() == 2);
}

TEST_CASE("a repeated announcement that carries more bytes is replaced, and the rest kept") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session beta(gateway, kBeta, 1021);
  beta.says("1022\0");
  const Outcome again = beta.says("1022\0root\0root\0date\0");
  CHECK(payload_of(again.frame) == bytes("1023\0root\0root\0date\0"));
  CHECK(checksums_ok(again.frame));
}

TEST_CASE("a repeated announcement stays replaced when the connection has come already") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session beta(gateway, kBeta, 1021);
  beta.says("1022\0");
  gateway.from_remote(second(1023).syn());
  CHECK(payload_of(beta.says("1022\0").frame) == bytes("1023\0"));
}

TEST_CASE("what follows an announcement is left alone") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session beta(gateway, kBeta, 1021);
  beta.says("1022\0");
  CHECK(payload_of(beta.says("1022\0", 5).frame) == bytes("1022\0"));
}

TEST_CASE("a port of three digits is replaced by one of three digits") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("700\0");
  const Outcome out = Session(gateway, kBeta, 1021).says("700\0");
  CHECK(payload_of(out.frame) == bytes("999\0"));
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.from_remote(second(999).syn()).text ==
        "192.0.2.101:1000 > 10.77.0.12:700 TCP S seq 0");
}

TEST_CASE("an announced port that is a service's is replaced") {
  Gateway gateway;
  const Outcome out = Session(gateway, kAlpha, 1023).says("513\0");
  CHECK(payload_of(out.frame) == bytes("999\0"));
  CHECK(gateway.from_remote(second(999).syn()).text ==
        "192.0.2.101:1000 > 10.77.0.11:513 TCP S seq 0");
}

TEST_CASE("when no port with as many digits is left the session is reset") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  // Ports of four digits: 1000 to 1023.
  for (std::uint16_t i = 0; i < 23; ++i) {
    const auto own = static_cast<std::uint16_t>(900 + i);
    CHECK(Session(gateway, kBeta, own).says("1022\0").verdict == Verdict::forward);
  }
  const Outcome out = Session(gateway, kGamma, 950).says("1022\0");
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::announcement_exhausted);
  CHECK(out.text == "192.0.2.101:514 > 10.77.0.13:950 TCP R seq 1");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("a port from another node's slice cannot be announced") {
  Gateway gateway;
  const Outcome out = Session(gateway, kAlpha, 1023).says("32768\0");
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::announcement_exhausted);
}

TEST_CASE("a node that announces what it is itself shown under is replaced like any other") {
  Gateway gateway;
  Session(gateway, kAlpha, 1020).says("1022\0");
  Session(gateway, kBeta, 1019).says("1022\0");  // shown as 1023
  const Outcome out = Session(gateway, kBeta, 1018).says("1023\0");
  CHECK(payload_of(out.frame) == bytes("1021\0"));
  CHECK(gateway.from_remote(second(1023).syn()).text ==
        "192.0.2.101:1000 > 10.77.0.12:1022 TCP S seq 0");
  CHECK(gateway.from_remote(second(1021).syn()).text ==
        "192.0.2.101:1000 > 10.77.0.12:1023 TCP S seq 0");
}

TEST_CASE("first words that are no announcement are forwarded unharmed") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  std::uint16_t own = 900;
  const auto check = [&](const std::string& text) {
    const std::uint16_t port = own++;
    const auto segment = tcp().from(kBeta, port).to(kRemote, 514);
    gateway.from_node(PacketBuilder(segment).syn().seq(kInitialSequence));
    const Outcome out = gateway.from_node(
        PacketBuilder(segment).ack(1).seq(kInitialSequence + 1).payload(std::string_view(text)));
    INFO(text);
    CHECK(out.verdict == Verdict::forward);
    CHECK(payload_of(out.frame) == text);
    CHECK(checksums_ok(out.frame));
  };
  for (const char* text : {"1022", "10 22", " 1022", "+1022", "-1", "abc", "1022\n", "999999"}) {
    check(text);
  }
  for (const auto& text : {bytes("\0"), bytes("0\0root\0"), bytes("65536\0"), bytes("99999\0"),
                           bytes("100000\0"), bytes("4294968318\0"), bytes("1022 \0"),
                           bytes("01022\0"), bytes("0x3fe\0"), bytes("00000\0")}) {
    check(text);
  }
  CHECK(gateway.counters().announcements.value() == 1);
}

TEST_CASE("an announcement split over segments is forwarded unharmed") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session beta(gateway, kBeta, 1021);
  CHECK(payload_of(beta.says("10").frame) == "10");
  CHECK(payload_of(beta.says("22\0", 2).frame) == bytes("22\0"));
  // Sent again in one piece it must say the same, for the remote may have the first piece.
  CHECK(payload_of(beta.says("1022\0").frame) == bytes("1022\0"));
}

TEST_CASE("an announcement repeated with other bytes is forwarded unharmed") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session beta(gateway, kBeta, 1021);
  beta.says("1022\0");
  for (const auto& text : {bytes("9\0"), bytes("99\0"), bytes("1000\0"), bytes("10220\0")}) {
    const Outcome out = gateway.from_node(tcp()
                                              .from(kBeta, 1021)
                                              .to(kRemote, 514)
                                              .ack(1)
                                              .seq(kInitialSequence + 1)
                                              .payload(std::string_view(text)));
    CHECK(out.verdict == Verdict::forward);
    CHECK(payload_of(out.frame) == text);
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("a corrupt announcement that is replaced stays corrupt") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  Session beta(gateway, kBeta, 1021);
  const Outcome out = gateway.from_node(tcp()
                                            .from(kBeta, 1021)
                                            .to(kRemote, 514)
                                            .ack(1)
                                            .seq(kInitialSequence + 1)
                                            .payload("1022\0")
                                            .corrupt_checksum());
  CHECK_FALSE(checksums_ok(out.frame));
}

TEST_CASE("a new session on the same ports may announce another port") {
  Gateway gateway;
  Session(gateway, kAlpha, 1023).says("1022\0");
  gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 514).rst());
  const auto again = tcp().from(kAlpha, 1023).to(kRemote, 514);
  gateway.from_node(PacketBuilder(again).syn().seq(5000));
  gateway.from_node(PacketBuilder(again).ack(1).seq(5001).payload("1021\0"));
  CHECK(gateway.from_remote(second(1021).syn()).packet.node == NodeId(1));
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::local);
}

TEST_CASE("sequence numbers may wrap between SYN and announcement") {
  Gateway gateway;
  const auto session = tcp().from(kAlpha, 1023).to(kRemote, 514);
  gateway.from_node(PacketBuilder(session).syn().seq(0xffffffff));
  gateway.from_node(PacketBuilder(session).ack(1).seq(0).payload("1022\0"));
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
}

TEST_CASE("sessions beyond those that can be followed are forwarded") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.announcements = 1;
  Gateway gateway(example_cluster(), limits);
  Session(gateway, kAlpha, 1023).says("1022\0");
  const Outcome out = Session(gateway, kBeta, 1021).says("1022\0");
  CHECK(out.verdict == Verdict::forward);
  CHECK(payload_of(out.frame) == bytes("1022\0"));
  gateway.pass(65);
  CHECK(gateway.pipeline().announcements().size() == 0);
}
