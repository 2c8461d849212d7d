// Random quotes, sound and unsound.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "net/icmp_quote.hpp"
#include "support/packet_builder.hpp"
#include "support/random.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

PacketBuilder error_about(std::span<const std::byte> quoted) {
  return icmp(icmp_type::time_exceeded)
      .from(Ipv4Address(203, 0, 113, 1))
      .to(Ipv4Address(192, 0, 2, 1))
      .payload(quoted);
}

/// What is quoted, in a frame of its own.
std::vector<std::byte> quoted_frame(const Packet& error) {
  const std::size_t quoted = error.end - error.payload;
  std::vector<std::byte> frame(sizeof(EthernetHeader) + quoted);
  std::copy_n(error.frame, sizeof(EthernetHeader), frame.begin());
  std::copy_n(error.frame + error.payload, quoted, frame.begin() + sizeof(EthernetHeader));
  return frame;
}

/// One's complement has two zeros, of which only the first comes out of a change.
bool has_second_zero(const Packet& error) {
  const auto quote = find_quote(error);
  if (!quote.has_value()) return false;
  const Be16 zero = Be16::from_raw(0xffff);
  const std::uint16_t at = quote->protocol == Protocol::tcp ? 16 : 2;
  return error.header_at<Ipv4Header>(quote->l3).checksum == zero ||
         (quote->l4 + at + 2 <= quote->end &&
          error.header_at<Be16>(static_cast<std::uint16_t>(quote->l4 + at)) == zero);
}

/// Rewrites both ends and then back. @return whether all bytes are as before
bool comes_back(Packet& error, const Frame& frame, Random& random) {
  const std::vector<std::byte> before(frame.bytes().begin(), frame.bytes().end());
  const auto quote = find_quote(error);
  rewrite_quoted_source(error, random.address(), random.port());
  rewrite_quoted_destination(error, random.address(), random.port());
  if (quote.has_value()) {
    rewrite_quoted_destination(error, quote->destination, quote->destination_port);
    rewrite_quoted_source(error, quote->source, quote->source_port);
  }
  return std::ranges::equal(frame.bytes(), before);
}

TEST_CASE("random quotes are rewritten and back without a trace, right or wrong") {
  Random random(11);
  const std::array kinds{tcp().ack(1), udp(), udp().no_udp_checksum(), icmp_echo_request(),
                         icmp_echo_reply()};
  std::size_t wrong = 0;
  for (int round = 0; round < 20'000; ++round) {
    const PortNumber port = random.port();
    PacketBuilder message = kinds[random.upto(kinds.size() - 1)];
    message.from(random.address(), port).to(random.address(), random.port());
    message.identifier(port.value()).payload(random.text(random.upto(9)));
    if (random.once_in(4)) message.ip_options(random.bytes(random.upto(40)));
    if (random.once_in(4)) message.corrupt_checksum();
    if (random.once_in(4)) message.corrupt_ip_checksum();
    PacketBuilder about = error_about(message.build().bytes().subspan(14));
    if (random.once_in(4)) about.corrupt_checksum();
    Frame frame = about.build(0);
    Packet error = parsed(frame);

    const bool error_ok = checksums_ok(error);
    const bool quote_ok = checksums_ok(quoted_frame(error));
    rewrite_quoted_source(error, random.address(), random.port());
    if (checksums_ok(error) != error_ok || checksums_ok(quoted_frame(error)) != quote_ok) ++wrong;
    if (!has_second_zero(error) && !comes_back(error, frame, random)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("random bytes in place of a quote are rewritten and back without a trace") {
  Random random(12);
  constexpr std::array<std::uint8_t, 4> kProtocols{1, 6, 17, 47};
  std::size_t found = 0;
  std::size_t wrong = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> bytes = random.bytes(random.upto(100));
    if (bytes.size() > 20 && !random.once_in(8)) {
      bytes[0] = static_cast<std::uint8_t>(0x40 | random.between(4, 15));
      bytes[6] &= 0xe0;
      bytes[7] = 0;
      bytes[9] = kProtocols[random.upto(3)];
      bytes[20] &= 0x08;
    }
    Frame frame = error_about(std::as_bytes(std::span(bytes))).build(0);
    Packet error = parsed(frame);
    if (find_quote(error).has_value()) ++found;
    if (has_second_zero(error)) continue;
    if (!comes_back(error, frame, random) || !checksums_ok(error)) ++wrong;
  }
  CHECK(found > 3000);
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace encluster::net
