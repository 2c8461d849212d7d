// The message that an ICMP error quotes: found, rewritten from either side, and its options
// blanked.
//
// Input: what to do, an ICMP type, an address, a port; then what the error quotes.
#include "net/icmp_quote.hpp"

#include <array>
#include <vector>

#include "fuzz/finding.hpp"
#include "fuzz/input.hpp"
#include "net/headers.hpp"
#include "net/ip_options.hpp"
#include "support/packet_builder.hpp"

using namespace encluster;
using namespace encluster::fuzz;
using net::IcmpQuote;

namespace {

constexpr std::array<std::uint8_t, 3> kErrors{
    net::icmp_type::unreachable, net::icmp_type::time_exceeded, net::icmp_type::parameter_problem};

void check_offsets(const IcmpQuote& quote, const Packet& error) {
  require(quote.l3 == error.payload, "the quote is not behind the ICMP header");
  require(quote.l4 >= quote.l3 + sizeof(net::Ipv4Header), "l4 inside the quoted IP header");
  require(quote.l4 + 8 <= quote.end && quote.end == error.end, "fewer than eight bytes are quoted");
}

/// One end is what it was told to be, the other and all lengths are what they were.
void check_rewritten(const IcmpQuote& before, const Packet& error, bool source, Ipv4Address address,
                     PortNumber port) {
  const auto after = net::find_quote(error);
  require(after.has_value(), "a quote is gone after it was rewritten");
  require(after->l4 == before.l4 && after->protocol == before.protocol, "another kind of quote");
  const bool echo = before.protocol == Protocol::icmp;
  if (source) {
    require(after->source == address && after->source_port == port, "another source than told");
    require(after->destination == before.destination, "the destination changed");
    require(echo || after->destination_port == before.destination_port, "its port changed");
  } else {
    require(after->destination == address && after->destination_port == port,
            "another destination than told");
    require(after->source == before.source, "the source changed");
    require(echo || after->source_port == before.source_port, "its port changed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const unsigned act = input.byte() % 3;
  const std::uint8_t type = input.one_of(kErrors);
  const Ipv4Address address(input.long_word());
  const PortNumber port(input.word());
  const auto builder = test::icmp(type)
                           .from(Ipv4Address(203, 0, 113, 9))
                           .to(Ipv4Address(192, 0, 2, 1))
                           .payload(input.bytes(1400));
  test::Frame frame = builder.build(0);
  Packet error = test::parsed(frame);
  const auto quote = net::find_quote(error);
  if (quote.has_value()) check_offsets(*quote, error);
  if (act == 0) net::rewrite_quoted_source(error, address, port);
  if (act == 1) net::rewrite_quoted_destination(error, address, port);
  if (act == 2) net::conceal_addresses_in_options(error);
  if (quote.has_value() && act < 2) check_rewritten(*quote, error, act == 0, address, port);
  require(test::checksums_ok(error), "the error's checksum is wrong");
  return 0;
}
