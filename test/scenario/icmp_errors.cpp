// ICMP errors go where an answer to what they quote would go, and show each side its own addresses.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "support/login_session.hpp"
#include "support/scripted_service.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr Ipv4Address kSomeRouter{203, 0, 113, 9};
constexpr std::size_t kQuote = 14 + 20 + 8;

std::span<const std::byte> datagram_of(const Frame& frame) { return frame.bytes().subspan(14); }

/// An error that quotes all of a packet.
PacketBuilder error_about(const PacketBuilder& quoted, std::uint8_t type = 3,
                          std::uint8_t code = 1) {
  return icmp(type, code).payload(datagram_of(quoted.build()));
}

/// What an error quotes, as a frame of its own.
std::vector<std::byte> quote_of(const std::vector<std::byte>& frame) {
  std::vector<std::byte> quote(frame.begin(), frame.begin() + 14);
  quote.insert(quote.end(), frame.begin() + kQuote, frame.end());
  return quote;
}

/// The error must reach the node, and quote `expected` there.
void check_reaches(const Outcome& out, Ipv4Address node, const std::string& expected) {
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == kInterconnect);
  CHECK(out.packet.destination == node);
  CHECK(checksums_ok(out.frame));
  CHECK(describe(quote_of(out.frame)) == expected);
  CHECK(checksums_ok(quote_of(out.frame)));
}

void check_dropped(const Outcome& out, DropReason reason) {
  CHECK(out.verdict == Verdict::drop);
  CHECK(name_of(out.reason) == name_of(reason));
}

Outcome from_router(Gateway& gateway, const PacketBuilder& error) {
  return gateway.from_remote(PacketBuilder(error).from(kSomeRouter).to(kCluster));
}

}  // namespace

TEST_CASE("an error about a message from a slice reaches the slice's node") {
  Gateway gateway;
  for (const std::uint8_t type : {std::uint8_t{3}, std::uint8_t{11}, std::uint8_t{12}}) {
    const auto sent = udp().from(kCluster, kBetaSlice + 5).to(kFarRemote, 53).payload("query");
    const Outcome out = from_router(gateway, error_about(sent, type));
    check_reaches(out, kBeta, "10.77.0.12:32773 > 198.51.100.7:53 UDP len 5");
    CHECK(out.packet.source == kSomeRouter);
  }
}

TEST_CASE("fragmentation needed keeps the MTU it tells") {
  Gateway gateway;
  const auto sent = tcp().from(kCluster, kAlphaSlice).to(kFarRemote, 80).ack(1).payload("GET");
  const Outcome out = from_router(gateway, error_about(sent, 3, 4).sequence(1400));
  check_reaches(out, kAlpha, "10.77.0.11:24576 > 198.51.100.7:80 TCP A seq 0 ack 1 len 3");
  CHECK(std::to_integer<unsigned>(out.frame[kQuote - 2]) == 1400 >> 8);
  CHECK(std::to_integer<unsigned>(out.frame[kQuote - 1]) == (1400 & 0xff));
}

TEST_CASE("an error about a single-instance service reaches its node") {
  Gateway gateway;
  const auto sent = tcp().from(kCluster, 5432).to(kFarRemote, 40000).ack(1);
  check_reaches(from_router(gateway, error_about(sent)), kBeta,
                "10.77.0.12:5432 > 198.51.100.7:40000 TCP A seq 0 ack 1");
}

TEST_CASE("an error about a session reaches the session's node, and leaves the session alone") {
  Gateway gateway;
  const LoginSession session(gateway);
  const auto before = gateway.connections();
  const auto sent = tcp().from(kCluster, 513).to(kRemote, 1023).ack(1).payload("$ ");
  check_reaches(from_router(gateway, error_about(sent)), kAlpha,
                "10.77.0.11:513 > 192.0.2.101:1023 TCP A seq 0 ack 1 len 2");
  CHECK(gateway.connections().size() == before.size());
  CHECK(gateway.connections()[0].flags == before[0].flags);
}

TEST_CASE("an error about a session that nobody has is dropped") {
  Gateway gateway;
  const auto sent = tcp().from(kCluster, 513).to(kRemote, 1023).ack(1);
  check_dropped(from_router(gateway, error_about(sent)), DropReason::no_connection);
}

TEST_CASE("an error about a renumbered claim quotes the port that its node used") {
  Gateway gateway;
  const auto syn = [](Ipv4Address node) {
    return tcp().from(node, 1023).to(kFarRemote, 514).syn();
  };
  REQUIRE(gateway.from_node(syn(kAlpha)).text == "192.0.2.1:1023 > 198.51.100.7:514 TCP S seq 0");
  REQUIRE(gateway.from_node(syn(kBeta)).text == "192.0.2.1:1022 > 198.51.100.7:514 TCP S seq 0");
  const auto sent = tcp().from(kCluster, 1022).to(kFarRemote, 514).syn();
  check_reaches(from_router(gateway, error_about(sent)), kBeta,
                "10.77.0.12:1023 > 198.51.100.7:514 TCP S seq 0");
}

TEST_CASE("an error about a learnt UDP port reaches the node that sent from it") {
  Gateway gateway;
  REQUIRE(gateway.from_node(udp().from(kGamma, 700).to(kFarRemote, 53)).verdict ==
          Verdict::forward);
  const auto sent = udp().from(kCluster, 700).to(kFarRemote, 53);
  check_reaches(from_router(gateway, error_about(sent)), kGamma,
                "10.77.0.13:700 > 198.51.100.7:53 UDP len 0");
}

TEST_CASE("an error about an echo request quotes the identifier that its node used") {
  Gateway gateway;
  const auto echo = [](Ipv4Address node) {
    return icmp_echo_request().from(node).to(kFarRemote).identifier(7);
  };
  REQUIRE(gateway.from_node(echo(kAlpha)).verdict == Verdict::forward);
  const Outcome second = gateway.from_node(echo(kBeta));
  const std::uint16_t shown = second.packet.source_port.value();
  REQUIRE(shown != 7);
  const auto sent = icmp_echo_request().from(kCluster).to(kFarRemote).identifier(shown);
  check_reaches(from_router(gateway, error_about(sent, 11, 0)), kBeta,
                "10.77.0.12 > 198.51.100.7 ICMP echo request id 7 seq 0");
}

TEST_CASE("an error about what the gateway's kernel sent goes to it unchanged") {
  Gateway gateway;
  for (const auto& sent : {tcp().from(kCluster, kGatewaySlice).to(kFarRemote, 80).syn(),
                           udp().from(kCluster, 123).to(kFarRemote, 123),
                           icmp_echo_request().from(kCluster).to(kFarRemote).identifier(7)}) {
    const auto error = error_about(sent).from(kSomeRouter).to(kCluster);
    const Outcome out = gateway.from_remote(error);
    CHECK(out.verdict == Verdict::local);
    CHECK(Frame(out.frame, 0) == PacketBuilder(error).macs(mac_of(kRouter), kOutsideMac).build());
  }
}

TEST_CASE("a quote of eight bytes is enough") {
  Gateway gateway;
  const Frame sent = tcp().from(kCluster, kAlphaSlice).to(kFarRemote, 80).ack(1).build();
  const Outcome out = from_router(gateway, icmp_error(3, 1, sent));
  CHECK(out.packet.destination == kAlpha);
  CHECK(checksums_ok(out.frame));
  const Frame expected = tcp().from(kAlpha, kAlphaSlice).to(kFarRemote, 80).ack(1).build();
  CHECK(std::equal(out.frame.begin() + kQuote, out.frame.end(), expected.bytes().begin() + 14));
}

TEST_CASE("a quoted datagram without checksum is quoted without") {
  Gateway gateway;
  const auto sent = udp().from(kCluster, kAlphaSlice).to(kFarRemote, 53).no_udp_checksum();
  check_reaches(from_router(gateway, error_about(sent)), kAlpha,
                "10.77.0.11:24576 > 198.51.100.7:53 UDP len 0");
}

TEST_CASE("an error whose quote the cluster cannot have sent is dropped") {
  Gateway gateway;
  const auto good = tcp().from(kCluster, kAlphaSlice).to(kFarRemote, 80).ack(1).payload("data");
  for (const auto& quoted :
       {PacketBuilder(good).from(kAlpha, kAlphaSlice), PacketBuilder(good).from(kFarRemote, 80),
        PacketBuilder(good).fragment(8, true, 16),
        other_protocol(47).from(kCluster).to(kFarRemote).payload("12345678"),
        icmp(3, 3).from(kCluster).to(kFarRemote).payload("12345678"),
        icmp(13).from(kCluster).to(kFarRemote).payload("12345678")}) {
    check_dropped(from_router(gateway, error_about(quoted)), DropReason::icmp_quote);
  }
}

TEST_CASE("no length of a quote, whatever it says, leads astray") {
  Gateway gateway;
  const Frame sent = tcp()
                         .from(kCluster, kAlphaSlice)
                         .to(kFarRemote, 80)
                         .ack(1)
                         .ip_options({7, 7, 4, 0, 0, 0, 0})
                         .payload("data")
                         .build();
  const auto whole = datagram_of(sent);
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    for (unsigned first = 0; first < 256; ++first) {
      std::vector<std::byte> quote(whole.begin(),
                                   whole.begin() + static_cast<std::ptrdiff_t>(bytes));
      if (!quote.empty()) quote[0] = std::byte(first);
      const auto error = icmp(3, 1).payload(quote).from(kSomeRouter).to(kCluster);
      const Outcome out = gateway.receive(
          PacketBuilder(error).macs(mac_of(kRouter), kOutsideMac).build(0), Origin::network);
      const std::size_t words = first & 15;
      const bool readable = first >> 4 == 4 && words >= 5 && words * 4 + 8 <= bytes;
      if (!readable) check_dropped(out, DropReason::icmp_quote);
      if (out.verdict == Verdict::forward) CHECK(checksums_ok(out.frame));
    }
  }
}

TEST_CASE("a source quench is dropped, a redirect is the kernel's") {
  Gateway gateway;
  const auto sent = tcp().from(kCluster, kAlphaSlice).to(kFarRemote, 80).ack(1);
  check_dropped(from_router(gateway, error_about(sent, 4, 0)), DropReason::icmp_type);
  CHECK(from_router(gateway, error_about(sent, 5, 1)).verdict == Verdict::local);
}

TEST_CASE("a node's error leaves under the cluster's address, and quotes what the remote sent") {
  Gateway gateway;
  const auto received = udp().from(kRemote, 53).to(kAlpha, kAlphaSlice).payload("late");
  const Outcome out = gateway.from_node(error_about(received, 3, 3).from(kAlpha).to(kRemote));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP type 3 code 3");
  CHECK(checksums_ok(out.frame));
  CHECK(describe(quote_of(out.frame)) == "192.0.2.101:53 > 192.0.2.1:24576 UDP len 4");
  CHECK(checksums_ok(quote_of(out.frame)));
}

TEST_CASE("a node's error quotes the port that the outside knows") {
  Gateway gateway;
  const auto syn = [](Ipv4Address node) { return tcp().from(node, 1023).to(kRemote, 514).syn(); };
  static_cast<void>(gateway.from_node(syn(kAlpha)));
  static_cast<void>(gateway.from_node(syn(kBeta)));
  const auto received = tcp().from(kRemote, 514).to(kBeta, 1023).syn().ack(1);
  const Outcome out = gateway.from_node(error_about(received, 3, 10).from(kBeta).to(kRemote));
  CHECK(describe(quote_of(out.frame)) == "192.0.2.101:514 > 192.0.2.1:1022 TCP SA seq 0 ack 1");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("a node tells only of what it received itself, and only the sender") {
  Gateway gateway;
  const LoginSession session(gateway);
  const auto received = udp().from(kRemote, 53).to(kAlpha, kAlphaSlice);
  const auto error = error_about(received, 3, 3);
  const auto sent = [&](const PacketBuilder& builder, Ipv4Address from, Ipv4Address to) {
    return gateway.from_node(PacketBuilder(builder).from(from).to(to));
  };
  check_dropped(sent(error, kBeta, kRemote), DropReason::icmp_quote);
  check_dropped(sent(error, kAlpha, kFarRemote), DropReason::icmp_quote);
  const auto foreign_slice = udp().from(kRemote, 53).to(kAlpha, kBetaSlice);
  check_dropped(sent(error_about(foreign_slice), kAlpha, kRemote), DropReason::foreign_slice);
  const auto foreign_service = tcp().from(kRemote, 40000).to(kAlpha, 5432).syn();
  check_dropped(sent(error_about(foreign_service), kAlpha, kRemote), DropReason::foreign_service);
  const auto foreign_session = tcp().from(kRemote, 1023).to(kBeta, 513).ack(1);
  check_dropped(sent(error_about(foreign_session), kBeta, kRemote), DropReason::not_owner);
  const auto inner_icmp = icmp(3, 3).from(kRemote).to(kAlpha).payload("12345678");
  check_dropped(sent(error_about(inner_icmp), kAlpha, kRemote), DropReason::icmp_quote);
}

TEST_CASE("no option shows an inside address outside, not even a quoted one") {
  Gateway gateway;
  // Record route, pointer behind the one address: 10.77.0.11.
  const std::vector<std::uint8_t> recorded{7, 7, 8, 10, 77, 0, 11};
  const auto received = udp().from(kRemote, 53).to(kAlpha, kAlphaSlice).ip_options(recorded);
  const auto error = error_about(received, 3, 3).ip_options(recorded).from(kAlpha).to(kRemote);
  const std::array inside{std::byte{10}, std::byte{77}, std::byte{0}, std::byte{11}};
  for (const Outcome& out :
       {gateway.from_node(error),
        gateway.from_node(udp().from(kAlpha, kAlphaSlice).to(kRemote, 53).ip_options(recorded))}) {
    CHECK(out.verdict == Verdict::forward);
    // Clang 14 cannot compile what std::ranges::search returns.
    CHECK(std::search(out.frame.begin(), out.frame.end(), inside.begin(), inside.end()) ==
          out.frame.end());
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("an error between nodes shows each the cluster's address") {
  Gateway gateway;
  const auto sent = udp().from(kAlpha, kAlphaSlice).to(kCluster, kBetaSlice).payload("hello");
  REQUIRE(gateway.from_node(sent).text == "192.0.2.1:24576 > 10.77.0.12:32768 UDP len 5");
  const auto received = udp().from(kCluster, kAlphaSlice).to(kBeta, kBetaSlice).payload("hello");
  const Outcome out = gateway.from_node(error_about(received, 3, 3).from(kBeta).to(kCluster));
  check_reaches(out, kAlpha, "10.77.0.11:24576 > 192.0.2.1:32768 UDP len 5");
  CHECK(out.packet.source == kCluster);
}

TEST_CASE("a node's error about what the gateway's kernel sent goes to it unchanged") {
  Gateway gateway;
  const auto received = udp().from(kCluster, kGatewaySlice).to(kBeta, kBetaSlice).payload("hello");
  const auto error = error_about(received, 3, 3).from(kBeta).to(kCluster);
  const Outcome out = gateway.from_node(error);
  CHECK(out.verdict == Verdict::local);
  CHECK(Frame(out.frame, 0) == PacketBuilder(error).macs(mac_of(kBeta), kInsideMac).build());
}

TEST_CASE("an error about a service that keeps no connections is copied to its nodes") {
  auto state = example_cluster();
  state.services.push_back(scripted("forward"));
  state.services.back().nodes = {NodeId(1), NodeId(3)};
  Gateway gateway(state, Gateway::small_limits(), {{"scripted", &make_scripted}});
  const auto sent = udp().from(kCluster, kScriptedPort).to(kFarRemote, 800).payload("reply");
  const Outcome out = from_router(gateway, error_about(sent, 3, 4).sequence(1400));
  check_reaches(out, kAlpha, "10.77.0.11:2049 > 198.51.100.7:800 UDP len 5");
  REQUIRE(gateway.extras().size() == 1);
  check_reaches(gateway.extras()[0], kGamma, "10.77.0.13:2049 > 198.51.100.7:800 UDP len 5");
  std::uint32_t copies = 0;
  for (int i = 0; i < 2000; ++i) {
    static_cast<void>(from_router(gateway, error_about(sent, 3, 4).sequence(1400)));
    copies += static_cast<std::uint32_t>(gateway.extras().size());
  }
  CHECK(copies == 999);
  CHECK(gateway.counters().drops[static_cast<std::size_t>(DropReason::rate_limited)].value() ==
        1001);
}
