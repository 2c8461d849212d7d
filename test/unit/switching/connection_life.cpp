#include "switching/connection_life.hpp"

#include <catch2/catch.hpp>

#include "encluster/packet.hpp"

using namespace encluster;
using namespace encluster::switching;
using namespace encluster::switching::connection_flag;

namespace {

constexpr Seconds kNow = 10000;

/// One connection, opened by a node at kNow.
struct Life {
  explicit Life(std::uint8_t flags = opened_by_node) {
    record = table
                 .insert({Ipv4Address(192, 0, 2, 101), PortNumber(std::uint16_t{513}),
                          PortNumber(std::uint16_t{1023})},
                         NodeId(1), PortNumber(std::uint16_t{1023}), kNoService, flags,
                         kNow + kEmbryonicLife)
                 .connection;
  }
  Life& note(Side from, unsigned tcp_flags, Seconds later = 0) {
    note_segment(table, *record, from, static_cast<std::uint8_t>(tcp_flags), kNow + later);
    return *this;
  }
  Life& open() {
    return note(Side::remote, tcp_flag::syn | tcp_flag::ack).note(Side::node, tcp_flag::ack);
  }
  Expiry expire_at(Seconds later) {
    return switching::expire(table, *record, Protocol::tcp, false, kNow + later);
  }
  [[nodiscard]] Seconds left() const { return record->deadline - kNow; }

  ConnectionTable table{{16, 4}, 1};
  Connection* record = nullptr;
};

}  // namespace

TEST_CASE("the opener's own repeated SYNs do not answer it") {
  Life life;
  life.note(Side::node, tcp_flag::syn, 10).note(Side::node, tcp_flag::syn, 20);
  CHECK(life.record->embryonic());
  CHECK(life.left() == kEmbryonicLife);
  CHECK(life.expire_at(61) == Expiry::erase);
}

TEST_CASE("a remote's answer to a node's SYN opens the connection") {
  Life life;
  life.note(Side::remote, tcp_flag::syn | tcp_flag::ack);
  CHECK_FALSE(life.record->embryonic());
  CHECK(life.left() == kIdleLife);
  CHECK(life.table.embryonic() == 0);
}

TEST_CASE("a node's answer to a remote's SYN does not: the SYN may be forged") {
  Life life(0);
  life.note(Side::node, tcp_flag::syn | tcp_flag::ack);
  CHECK(life.record->embryonic());
  life.note(Side::remote, tcp_flag::ack);
  CHECK_FALSE(life.record->embryonic());
}

TEST_CASE("traffic moves the deadline on, but not for every segment") {
  Life life;
  life.open();
  CHECK(life.note(Side::node, tcp_flag::ack, 15).left() == kIdleLife);
  CHECK(life.note(Side::node, tcp_flag::ack, 16).left() == kIdleLife + 16);
}

TEST_CASE("one FIN closes nothing") {
  for (const Side side : {Side::node, Side::remote}) {
    Life life;
    life.open().note(side, tcp_flag::fin | tcp_flag::ack, 5);
    CHECK_FALSE(is_over(*life.record));
    CHECK(life.left() == kIdleLife + 5);
    CHECK(life.expire_at(kIdleLife + 6) == Expiry::ask_node);
  }
}

TEST_CASE("both FINs, in any order or at once, end the connection after it lingered") {
  for (const Side first : {Side::node, Side::remote}) {
    Life life;
    const Side second = first == Side::node ? Side::remote : Side::node;
    life.open().note(first, tcp_flag::fin | tcp_flag::ack).note(second, tcp_flag::fin, 7);
    CHECK(is_over(*life.record));
    CHECK(life.left() == kLingerLife + 7);
    CHECK(life.expire_at(kLingerLife + 8) == Expiry::erase);
  }
}

TEST_CASE("a repeated FIN lets the connection linger longer") {
  Life life;
  life.open().note(Side::node, tcp_flag::fin).note(Side::remote, tcp_flag::fin);
  CHECK(life.note(Side::remote, tcp_flag::fin, 60).left() == kLingerLife + 60);
}

TEST_CASE("a remote's RST on an open connection is asked about before it is believed") {
  Life life;
  life.open().note(Side::remote, tcp_flag::rst);
  CHECK_FALSE(is_over(*life.record));
  CHECK(life.left() == kResetLife);
  CHECK(life.expire_at(11) == Expiry::ask_node);
  CHECK(life.left() == 11 + kResetLife);
  CHECK(life.expire_at(22) == Expiry::erase);
}

TEST_CASE("RSTs repeated do not keep a connection alive") {
  Life life;
  life.open().note(Side::remote, tcp_flag::rst);
  CHECK(life.note(Side::remote, tcp_flag::rst, 9).left() == kResetLife);
}

TEST_CASE("data after a blind RST disproves it") {
  for (const Side side : {Side::node, Side::remote}) {
    Life life;
    life.open().note(Side::remote, tcp_flag::rst).note(side, tcp_flag::ack, 3);
    CHECK_FALSE(life.record->has(reset));
    CHECK(life.left() == kIdleLife + 3);
  }
}

TEST_CASE("the node's answer to the question disproves a blind RST") {
  Life life;
  life.open().note(Side::remote, tcp_flag::rst);
  CHECK(life.expire_at(11) == Expiry::ask_node);
  life.note(Side::node, tcp_flag::ack, 11);
  CHECK_FALSE(life.record->has(probed));
  CHECK(life.left() == kIdleLife + 11);
}

TEST_CASE("the node's own RST is beyond doubt") {
  Life life;
  life.open().note(Side::node, tcp_flag::rst);
  CHECK(is_over(*life.record));
  CHECK(life.expire_at(11) == Expiry::erase);
}

TEST_CASE("a RST that refuses a SYN is believed at once") {
  Life life;
  life.note(Side::remote, tcp_flag::rst | tcp_flag::ack);
  CHECK(is_over(*life.record));
  CHECK(life.expire_at(11) == Expiry::erase);
}

TEST_CASE("a silent connection is asked about every two hours, and kept") {
  Life life;
  life.open();
  CHECK(life.expire_at(kIdleLife + 1) == Expiry::ask_node);
  CHECK(life.left() == 2 * kIdleLife + 1);
}

TEST_CASE("a new SYN on a connection that is over starts it anew") {
  Life life;
  life.open().note(Side::node, tcp_flag::fin).note(Side::remote, tcp_flag::fin);
  CHECK(restart(life.table, *life.record, false, kNow + 50));
  CHECK(life.record->embryonic());
  CHECK(life.record->flags == 0);
  CHECK(life.left() == 50 + kEmbryonicLife);
  CHECK(life.table.embryonic() == 1);
}

TEST_CASE("a connection is not restarted where too many SYNs wait already") {
  Life life;
  life.open().note(Side::node, tcp_flag::rst);
  for (std::uint16_t port = 1; port <= 4; ++port) {
    life.table.insert({Ipv4Address(1), PortNumber(port), PortNumber(port)}, NodeId(1),
                      PortNumber(port), kNoService, 0, kNow);
  }
  CHECK_FALSE(restart(life.table, *life.record, true, kNow));
  CHECK(is_over(*life.record));
}

TEST_CASE("datagrams and echoes move their deadline on, each by its own life") {
  Life life(answered);
  life.record->deadline = kNow;
  note_datagram(*life.record, Protocol::udp, kNow);
  CHECK(life.left() == kDatagramLife);
  life.record->deadline = kNow;
  note_datagram(*life.record, Protocol::icmp, kNow);
  CHECK(life.left() == kEchoLife);
  note_datagram(*life.record, Protocol::icmp, kNow + 15);
  CHECK(life.left() == kEchoLife);
}

TEST_CASE("datagrams' and echoes' records end without a question, aliases with their connection") {
  Life life(answered);
  for (const Protocol protocol : {Protocol::udp, Protocol::icmp}) {
    CHECK(switching::expire(life.table, *life.record, protocol, false, kNow) == Expiry::erase);
  }
  CHECK(switching::expire(life.table, *life.record, Protocol::tcp, true, kNow) ==
        Expiry::check_alias);
}
