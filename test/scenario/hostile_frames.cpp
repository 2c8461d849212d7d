// Frames that are short, long, corrupt or odd: each ends in a verdict, and nothing is read behind
// its end (which a sanitizer sees: these frames have no room behind them).
#include <catch2/catch.hpp>
#include <cstring>

#include "net/headers.hpp"
#include "support/gateway.hpp"
#include "support/login_session.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

struct Sample {
  std::string name;
  PacketBuilder packet;
};

/// One message of every kind that the pipeline tells apart.
std::vector<Sample> samples() {
  const Frame quoted = udp().from(kCluster, kAlphaSlice).to(kRemote, 53).payload("query").build();
  std::vector<Sample> all = {
      {"session", tcp().from(kRemote, 1023).to(kCluster, 513).ack(1).payload("data")},
      {"SYN with options",
       tcp().from(kRemote, 1022).to(kCluster, 513).syn().tcp_options({2, 4, 5, 180, 1, 3, 3, 7})},
      {"IP options",
       tcp().from(kRemote, 80).to(kCluster, kAlphaSlice).ack(1).ip_options({7, 7, 4, 0, 0, 0, 0})},
      {"dynamic UDP", udp().from(kRemote, 53).to(kCluster, kAlphaSlice).payload("answer")},
      {"service", tcp().from(kRemote, 40000).to(kCluster, 5432).syn()},
      {"local UDP", udp().from(kRemote, 40000).to(kCluster, 161).payload("get")},
      {"echo request", icmp_echo_request().from(kRemote).to(kCluster).identifier(3)},
      {"echo reply", icmp_echo_reply().from(kRemote).to(kCluster).identifier(3).payload("ping")},
      {"ICMP error", icmp_error(3, 4, quoted).from(kRemote).to(kCluster)},
      {"fragment", udp()
                       .from(kRemote, 53)
                       .to(kCluster, kAlphaSlice)
                       .payload("0123456789abcdef")
                       .fragment(8, true, 8)},
      {"other protocol", other_protocol(89).from(kRemote).to(kCluster).payload("hello")},
      {"ARP", arp_request().from(kRemote).to(kCluster)},
  };
  for (Sample& sample : all) sample.packet.macs(mac_of(kRouter), kOutsideMac);
  return all;
}

/// As it is, and as a copy of the first `bytes` bytes.
Outcome receive_cut(Gateway& gateway, const PacketBuilder& packet, std::size_t bytes) {
  return gateway.receive(PacketBuilder(packet).truncate(bytes).build(0), Origin::network);
}

std::uint16_t udp_checksum_of(const std::vector<std::byte>& frame) {
  net::UdpHeader header;
  std::memcpy(&header, frame.data() + 34, sizeof header);
  return header.checksum.host();
}

}  // namespace

TEST_CASE("a frame that is cut anywhere is dropped by name") {
  Gateway gateway;
  for (const Sample& sample : samples()) {
    const std::size_t whole = sample.packet.build(0).size();
    for (std::size_t bytes = 0; bytes < whole; ++bytes) {
      INFO(sample.name << ", " << bytes << " of " << whole << " bytes");
      CHECK(receive_cut(gateway, sample.packet, bytes).verdict == Verdict::drop);
    }
    CHECK(receive_cut(gateway, sample.packet, whole).reason != DropReason::frame_truncated);
  }
}

TEST_CASE("a datagram whose IP length says less than its headers need is dropped") {
  Gateway gateway;
  for (const Sample& sample : samples()) {
    if (sample.name == "ARP" || sample.name == "fragment" || sample.name == "other protocol") {
      continue;
    }
    for (std::uint16_t length = 0; length < 20 + 8; ++length) {
      INFO(sample.name << ", total length " << length);
      Frame frame = PacketBuilder(sample.packet).total_length(length).build(0);
      CHECK(gateway.receive(std::move(frame), Origin::network).verdict == Verdict::drop);
    }
  }
}

TEST_CASE("every IP length, right or wrong, ends in a verdict") {
  Gateway gateway;
  for (const Sample& sample : samples()) {
    for (std::uint32_t length = 0; length < 128; ++length) {
      Frame frame =
          PacketBuilder(sample.packet).total_length(static_cast<std::uint16_t>(length)).build(0);
      CHECK(gateway.receive(std::move(frame), Origin::network).verdict != Verdict::pending);
    }
  }
}

TEST_CASE("every UDP length, right or wrong, ends in a verdict") {
  Gateway gateway;
  for (std::uint32_t length = 0; length < 64; ++length) {
    const auto packet = udp()
                            .from(kRemote, 53)
                            .to(kCluster, kAlphaSlice)
                            .payload("answer")
                            .udp_length(static_cast<std::uint16_t>(length));
    const Outcome out = gateway.from_remote(packet);
    CHECK(out.verdict == (length >= 8 && length <= 14 ? Verdict::forward : Verdict::drop));
  }
}

TEST_CASE("any byte of a header may be anything") {
  Gateway gateway;
  for (const Sample& sample : samples()) {
    const Frame good = sample.packet.build(0);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const unsigned value : {0x00u, 0x01u, 0x0fu, 0x40u, 0x4fu, 0x7fu, 0x80u, 0xf0u, 0xffu}) {
        std::vector<std::byte> bytes(good.bytes().begin(), good.bytes().end());
        bytes[at] = static_cast<std::byte>(value);
        // The header checksum would hide most of it.
        if (at >= 14 && at < 34 && at != 24 && at != 25 && sample.name != "ARP") {
          auto* ip = reinterpret_cast<net::Ipv4Header*>(bytes.data() + 14);
          ip->checksum = Be16();
          const std::size_t header = std::min<std::size_t>(ip->header_length(), bytes.size() - 14);
          ip->checksum = Be16(reference_checksum({bytes.data() + 14, header}));
        }
        gateway.receive(Frame(std::move(bytes), 0), Origin::network);
      }
    }
  }
  gateway.pass(10);
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a segment with IP and TCP options follows its session, options untouched") {
  Gateway gateway;
  const LoginSession session(gateway);
  const auto segment = session.from_remote()
                           .ack(1)
                           .ip_options({7, 7, 4, 0, 0, 0, 0})
                           .tcp_options({8, 10, 0, 0, 0, 1, 0, 0, 0, 2})
                           .payload("x");
  const Outcome out = gateway.from_remote(segment);
  CHECK(checksums_ok(out.frame));
  const Frame expected =
      PacketBuilder(segment).to(kAlpha, 513).macs(kInsideMac, mac_of(kAlpha)).build();
  CHECK(Frame(out.frame, 0) == expected);
}

TEST_CASE("a RST answers a segment with options without them") {
  Gateway gateway;
  const auto segment = LoginSession()
                           .from_remote()
                           .seq(5)
                           .ack(6)
                           .ip_options({7, 7, 4, 0, 0, 0, 0})
                           .tcp_options({8, 10, 0, 0, 0, 1, 0, 0, 0, 2})
                           .payload("x");
  const Outcome out = gateway.from_remote(segment);
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP R seq 6");
  CHECK(out.frame.size() == 54);
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("padding is no payload") {
  Gateway gateway;
  const auto syn = LoginSession().from_remote().syn().seq(7).padding(6, 0xaa);
  CHECK(gateway.from_remote(syn).text == "192.0.2.101:1023 > 10.77.0.11:513 TCP S seq 7");
  gateway.change([](auto& state) { state.services[1].nodes = {NodeId(2)}; });
  const auto stray = LoginSession(1000).from_remote().syn().ack().seq(7).padding(6, 0xaa);
  const Outcome out = gateway.from_remote(stray);
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1000 TCP R seq 0");
}

TEST_CASE("the RST for a padded SYN acknowledges the SYN alone") {
  Gateway gateway;
  gateway.change([](auto& state) {
    for (auto& node : state.nodes) node.up = false;
  });
  const Outcome out = gateway.from_remote(LoginSession().from_remote().syn().seq(7).padding(6, 1));
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP RA seq 0 ack 8");
}

TEST_CASE("a corrupt message stays corrupt on its way to a node") {
  Gateway gateway;
  const LoginSession session(gateway);
  for (const PacketBuilder& packet :
       {session.from_remote().ack(1).payload("x"),
        udp().from(kRemote, 53).to(kCluster, kAlphaSlice).payload("answer")}) {
    const Outcome out = gateway.from_remote(PacketBuilder(packet).corrupt_checksum());
    CHECK(out.verdict == Verdict::forward);
    CHECK_FALSE(checksums_ok(out.frame));
  }
}

TEST_CASE("a corrupt IP header is dropped") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(LoginSession().from_remote().syn().corrupt_ip_checksum());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::ip_checksum);
}

TEST_CASE("a datagram to a node without checksum stays without") {
  Gateway gateway;
  const auto datagram =
      udp().from(kRemote, 53).to(kCluster, kAlphaSlice).payload("answer").no_udp_checksum();
  const Outcome out = gateway.from_remote(datagram);
  CHECK(out.verdict == Verdict::forward);
  CHECK(udp_checksum_of(out.frame) == 0);
}

TEST_CASE("a datagram to a node whose checksum comes to zero carries all ones") {
  Gateway gateway;
  int computed_zero = 0;
  for (std::uint32_t word = 0; word <= 0xffff; ++word) {
    const std::array payload{std::byte(word >> 8), std::byte(word)};
    const auto to = [&](Ipv4Address address) {
      return udp().from(kRemote, 53).to(address, kAlphaSlice).payload(payload);
    };
    const Frame expected = to(kAlpha).build();
    if (udp_checksum_of({expected.bytes().begin(), expected.bytes().end()}) != 0xffff) continue;
    ++computed_zero;
    const Outcome out = gateway.from_remote(to(kCluster));
    CHECK(udp_checksum_of(out.frame) == 0xffff);
    CHECK(checksums_ok(out.frame));
  }
  CHECK(computed_zero == 1);
}

TEST_CASE("impossible TCP flags are dropped before they touch a connection") {
  Gateway gateway;
  const LoginSession session(gateway);
  for (unsigned flags = 0; flags < 32; ++flags) {
    const bool syn = (flags & tcp_flag::syn) != 0;
    const bool fin = (flags & tcp_flag::fin) != 0;
    const bool rst = (flags & tcp_flag::rst) != 0;
    const bool ack = (flags & tcp_flag::ack) != 0;
    if (syn + fin + rst <= 1 && (syn || rst || ack)) continue;
    const Outcome out = gateway.from_remote(session.from_remote().flags(flags));
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::tcp_flags);
  }
  gateway.pass(200);
  CHECK(gateway.connections().size() == 1);
}
