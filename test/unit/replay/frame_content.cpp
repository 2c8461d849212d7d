#include "replay/frame_content.hpp"

#include <catch2/catch.hpp>

#include "sample.hpp"

namespace encluster::replay {
namespace {

using namespace test;

std::string content(const PacketBuilder& builder) { return content_of(builder.build().bytes()); }
std::string ends(const PacketBuilder& builder) { return ends_of(builder.build().bytes()); }

PacketBuilder segment() { return tcp().from(kRemote, 1023).to(kCluster, 513).ack(7).seq(5); }

TEST_CASE("what a gateway changes is no part of the content") {
  const std::string before = content(segment().payload("hello"));
  CHECK(content(segment().payload("hello").to(kAlpha, 514)) == before);
  CHECK(content(segment().payload("hello").from(kCluster, 600)) == before);
  CHECK(content(segment().payload("hello").time_to_live(3).identification(9)) == before);
  CHECK(content(segment().payload("hello").macs(kAlphaMac, kBetaMac).padding(9)) == before);
}

TEST_CASE("what a gateway leaves alone is the content") {
  const std::string before = content(segment().payload("hello"));
  CHECK(content(segment().payload("hallo")) != before);
  CHECK(content(segment().payload("hello").seq(6)) != before);
  CHECK(content(segment().payload("hello").fin()) != before);
  CHECK(content(segment().payload("hello").window(1)) != before);
  CHECK(content(udp().from(kRemote, 9).to(kCluster, 9).payload("hello")) != before);
}

TEST_CASE("an echo is recognised by its sequence, not by its identifier") {
  const auto echo = [](std::uint16_t identifier, std::uint16_t sequence) {
    return icmp_echo_request().from(kAlpha).to(kRemote).identifier(identifier).sequence(sequence);
  };
  CHECK(content(echo(1, 1)) == content(echo(2, 1)));
  CHECK(content(echo(1, 1)) != content(echo(1, 2)));
  CHECK(ends(echo(1, 1)) == "10.77.0.11 > 192.0.2.101 id 1");
}

TEST_CASE("ends are addresses and ports") {
  CHECK(ends(segment()) == "192.0.2.101:1023 > 192.0.2.1:513");
  CHECK(ends(segment().to(kAlpha, 513)) != ends(segment()));
}

TEST_CASE("every frame has a content, however short") {
  const Frame frame = segment().payload("hello").build();
  for (std::size_t size = 0; size <= frame.size(); ++size) {
    const auto bytes = frame.bytes().first(size);
    CHECK(content_of(bytes).size() <= size);
    CHECK_FALSE(ends_of(bytes).empty());
  }
}

}  // namespace
}  // namespace encluster::replay
