#include "switching/announcements.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace encluster;
using namespace encluster::switching;

namespace {

constexpr Ipv4Address kRemote{192, 0, 2, 101};
constexpr Ipv4Address kOther{192, 0, 2, 102};

constexpr PortNumber port(std::uint16_t number) { return PortNumber(number); }

AnnouncingSession session(std::uint16_t node, std::uint16_t from = 1023,
                          Ipv4Address remote = kRemote) {
  return {remote, kRshPort, port(from), NodeId(node)};
}

std::optional<PortNumber> announced_in(std::string_view text) {
  return announced_port(std::as_bytes(std::span(text)));
}

/// A session that announced `announced` and is shown as `shown`.
void announce(Announcements& announcements, const AnnouncingSession& session,
              std::uint16_t announced, std::uint16_t shown, Seconds now = 0) {
  announcements.opened(session, 1, now);
  announcements.expect(session, {port(announced), port(shown)}, now);
}

std::uint16_t node_awaiting(const Announcements& announcements, std::uint16_t at,
                            Ipv4Address remote = kRemote) {
  const auto expected = announcements.expected(remote, port(at));
  return expected ? expected->node.value() : 0;
}

}  // namespace

TEST_CASE("decimal digits before a NUL announce a port") {
  using std::string_view_literals::operator""sv;
  CHECK(announced_in("1\0"sv) == port(1));
  CHECK(announced_in("1022\0"sv) == port(1022));
  CHECK(announced_in("1022\0root\0"sv) == port(1022));
  CHECK(announced_in("65535\0"sv) == port(65535));
}

TEST_CASE("anything else announces nothing") {
  using std::string_view_literals::operator""sv;
  for (const auto text :
       {""sv, "\0"sv, "0\0"sv, "00\0"sv, "01022\0"sv, "65536\0"sv, "99999\0"sv, "102200\0"sv,
        "1022"sv, "10 2\0"sv, "/\0"sv, ":\0"sv, "1022\n\0"sv, "-1\0"sv, "\xff\0"sv}) {
    INFO(std::string(text));
    CHECK_FALSE(announced_in(text).has_value());
  }
}

TEST_CASE("digits are written only into as many places") {
  std::array<std::byte, 4> places{};
  CHECK(write_digits(port(1022), places));
  CHECK(announced_in({reinterpret_cast<const char*>(places.data()), 4}) == std::nullopt);
  CHECK(std::string_view(reinterpret_cast<const char*>(places.data()), 4) == "1022");
  CHECK_FALSE(write_digits(port(999), places));
  CHECK_FALSE(write_digits(port(10000), places));
  CHECK(std::string_view(reinterpret_cast<const char*>(places.data()), 4) == "1022");
}

TEST_CASE("a port has as many digits as printf writes") {
  for (std::uint32_t number = 0; number <= 0xffff; ++number) {
    REQUIRE(digits_of(port(static_cast<std::uint16_t>(number))) == std::to_string(number).size());
  }
}

TEST_CASE("a session's first payload is the one after its SYN") {
  Announcements announcements(4, 1);
  announcements.opened(session(1), 0xffffffff, 0);
  CHECK(announcements.is_first_payload(session(1), 0));
  CHECK_FALSE(announcements.is_first_payload(session(1), 1));
  CHECK_FALSE(announcements.is_first_payload(session(2), 0));
  CHECK_FALSE(announcements.is_first_payload(session(1, 1022), 0));
  CHECK_FALSE(announcements.is_first_payload(session(1, 1023, kOther), 0));
}

TEST_CASE("a session that was opened awaits nothing yet") {
  Announcements announcements(4, 1);
  announcements.opened(session(1), 1, 0);
  CHECK_FALSE(announcements.settled(session(1)).has_value());
  CHECK_FALSE(announcements.expected(kRemote, PortNumber()).has_value());
}

TEST_CASE("what a remote was told leads to the node's own port") {
  Announcements announcements(4, 1);
  announce(announcements, session(3), 1022, 1021);
  const auto expected = announcements.expected(kRemote, port(1021));
  REQUIRE(expected.has_value());
  CHECK(expected->node == NodeId(3));
  CHECK(expected->node_port == port(1022));
  CHECK_FALSE(announcements.expected(kRemote, port(1022)).has_value());
  CHECK_FALSE(announcements.expected(kOther, port(1021)).has_value());
}

TEST_CASE("a port is taken for all but the node that awaits a connection at that very port") {
  Announcements announcements(4, 1);
  announce(announcements, session(1), 1022, 1022);
  announce(announcements, session(2), 1022, 1021);
  CHECK_FALSE(announcements.is_taken(kRemote, port(1022), NodeId(1)));
  CHECK(announcements.is_taken(kRemote, port(1022), NodeId(2)));
  CHECK(announcements.is_taken(kRemote, port(1021), NodeId(1)));
  CHECK(announcements.is_taken(kRemote, port(1021), NodeId(2)));
  CHECK_FALSE(announcements.is_taken(kOther, port(1022), NodeId(2)));
}

TEST_CASE("a connection that has come is awaited no more, but its announcement stays settled") {
  Announcements announcements(4, 1);
  announce(announcements, session(1), 1022, 1021);
  announcements.fulfilled(kRemote, port(1021));
  CHECK(node_awaiting(announcements, 1021) == 0);
  CHECK_FALSE(announcements.is_taken(kRemote, port(1021), NodeId(2)));
  REQUIRE(announcements.settled(session(1)).has_value());
  CHECK(announcements.settled(session(1))->shown == port(1021));
}

TEST_CASE("a newer session's announcement replaces the older one's") {
  Announcements announcements(4, 1);
  announce(announcements, session(1, 1023), 1022, 1022);
  announce(announcements, session(1, 1020), 1022, 1022);
  announcements.fulfilled(kRemote, port(1022));
  CHECK(node_awaiting(announcements, 1022) == 0);
}

TEST_CASE("a repeated SYN changes nothing, another SYN starts over") {
  Announcements announcements(4, 1);
  announce(announcements, session(1), 1022, 1022);
  announcements.opened(session(1), 1, 0);
  CHECK(announcements.settled(session(1)).has_value());
  announcements.opened(session(1), 7, 0);
  CHECK_FALSE(announcements.settled(session(1)).has_value());
  CHECK(announcements.is_first_payload(session(1), 8));
  CHECK(announcements.size() == 1);
}

TEST_CASE("a forgotten session makes room") {
  Announcements announcements(1, 1);
  announcements.opened(session(1), 1, 0);
  announcements.opened(session(2), 1, 0);
  CHECK_FALSE(announcements.is_first_payload(session(2), 2));
  announcements.forget(session(1));
  announcements.forget(session(1));
  CHECK(announcements.size() == 0);
  announcements.opened(session(2), 1, 0);
  CHECK(announcements.is_first_payload(session(2), 2));
}

TEST_CASE("records are freed a minute after their last news") {
  Announcements announcements(8, 1);
  announce(announcements, session(1), 1022, 1022, 100);
  announcements.opened(session(2), 1, 130);
  announcements.expire(8, 160);
  CHECK(announcements.size() == 2);
  announcements.expire(8, 161);
  CHECK(announcements.size() == 1);
  CHECK(node_awaiting(announcements, 1022) == 0);
  announcements.expire(8, 191);
  CHECK(announcements.size() == 0);
}

TEST_CASE("without room for any session nothing is followed") {
  Announcements announcements(0, 1);
  announcements.opened(session(1), 1, 0);
  announcements.expect(session(1), {port(1022), port(1022)}, 0);
  announcements.expire(4, 100);
  CHECK(node_awaiting(announcements, 1022) == 0);
}

TEST_CASE("many remotes' sessions are kept apart, and freed in any order") {
  constexpr std::uint32_t kCount = 500;
  Announcements announcements(kCount, 1);
  const auto remote = [](std::uint32_t i) { return Ipv4Address(0xc6336400 + i); };
  for (std::uint32_t i = 0; i < kCount; ++i) {
    announce(announcements, session(static_cast<std::uint16_t>(i % 7 + 1), 1023, remote(i)), 1022,
             1022);
  }
  for (std::uint32_t i = 0; i < kCount; i += 3) {
    announcements.forget(session(static_cast<std::uint16_t>(i % 7 + 1), 1023, remote(i)));
  }
  for (std::uint32_t i = 0; i < kCount; ++i) {
    REQUIRE(node_awaiting(announcements, 1022, remote(i)) == (i % 3 == 0 ? 0 : i % 7 + 1));
  }
}
