#include "net/icmp_quote.hpp"

#include <cstddef>

#include "net/checksum.hpp"
#include "net/headers.hpp"

namespace encluster::net {

namespace {

/// What every error quotes behind the IP header (RFC 792): both ports, and an echo's identifier.
constexpr std::uint16_t kQuotedBytes = 8;

bool is_carried(Protocol protocol) noexcept {
  return protocol == Protocol::tcp || protocol == Protocol::udp || protocol == Protocol::icmp;
}

/// Where the quoted message has its checksum; 0 if that is not quoted.
std::uint16_t checksum_offset(const IcmpQuote& quote) noexcept {
  std::size_t offset = offsetof(IcmpHeader, checksum);
  if (quote.protocol == Protocol::tcp) offset = offsetof(TcpHeader, checksum);
  if (quote.protocol == Protocol::udp) offset = offsetof(UdpHeader, checksum);
  const std::size_t at = quote.l4 + offset;
  return at + sizeof(Be16) <= quote.end ? static_cast<std::uint16_t>(at) : std::uint16_t{0};
}

/// The changes to a quote, and the error's checksum that covers them all.
class QuoteRewrite {
 public:
  QuoteRewrite(Packet& error, const IcmpQuote& quote) noexcept : error_(error), quote_(quote) {}

  void replace(Be32& address_field, Ipv4Address address, Be16& port_field,
               PortNumber port) noexcept {
    ChecksumDelta header;
    header.change(address_field, address.wire());
    ChecksumDelta message;
    if (quote_.protocol != Protocol::icmp) message.change(address_field, address.wire());
    message.change(port_field, port.wire());

    outer_.change(address_field, address.wire());
    address_field = address.wire();
    write(port_field, port.wire());
    auto& ip = error_.header_at<Ipv4Header>(quote_.l3);
    write(ip.checksum, header.apply(ip.checksum));
    if (const std::uint16_t at = checksum_offset(quote_)) {
      auto& checksum = error_.header_at<Be16>(at);
      const bool udp = quote_.protocol == Protocol::udp;
      write(checksum, udp ? message.apply_udp(checksum) : message.apply(checksum));
    }
    auto& icmp = error_.header_at<IcmpHeader>(error_.l4);
    icmp.checksum = outer_.apply(icmp.checksum);
  }

 private:
  void write(Be16& field, Be16 value) noexcept {
    outer_.change(field, value);
    field = value;
  }

  Packet& error_;
  const IcmpQuote& quote_;
  ChecksumDelta outer_;
};

/// The field that holds the source port, or an echo's identifier.
Be16& source_port_field(const Packet& error, const IcmpQuote& quote) noexcept {
  if (quote.protocol == Protocol::icmp) return error.header_at<IcmpHeader>(quote.l4).identifier;
  return error.header_at<UdpHeader>(quote.l4).source_port;
}

Be16& destination_port_field(const Packet& error, const IcmpQuote& quote) noexcept {
  if (quote.protocol == Protocol::icmp) return error.header_at<IcmpHeader>(quote.l4).identifier;
  return error.header_at<UdpHeader>(quote.l4).destination_port;
}

}  // namespace

std::optional<IcmpQuote> find_quote(const Packet& error) noexcept {
  const std::size_t available = error.end - error.payload;
  if (available < sizeof(Ipv4Header) + kQuotedBytes) return std::nullopt;
  const auto& ip = error.header_at<Ipv4Header>(error.payload);
  const std::uint16_t header_length = ip.header_length();
  const bool later_fragment = (ip.flags_and_offset.host() & kFragmentOffsetMask) != 0;
  if (ip.version_and_length >> 4 != 4 || header_length < sizeof ip || later_fragment ||
      header_length + std::size_t{kQuotedBytes} > available) {
    return std::nullopt;
  }
  IcmpQuote quote{.l3 = error.payload,
                  .l4 = static_cast<std::uint16_t>(error.payload + header_length),
                  .end = error.end,
                  .source = Ipv4Address(ip.source),
                  .destination = Ipv4Address(ip.destination),
                  .protocol = Protocol{ip.protocol},
                  .source_port = {},
                  .destination_port = {}};
  if (!is_carried(quote.protocol)) return std::nullopt;
  // Nobody answers an error by an error, nor carries any other ICMP.
  if (quote.protocol == Protocol::icmp && !error.header_at<IcmpHeader>(quote.l4).is_echo()) {
    return std::nullopt;
  }
  quote.source_port = PortNumber(source_port_field(error, quote));
  quote.destination_port = PortNumber(destination_port_field(error, quote));
  return quote;
}

void rewrite_quoted_source(Packet& error, Ipv4Address from, PortNumber port) noexcept {
  const auto quote = find_quote(error);
  if (!quote.has_value()) return;
  QuoteRewrite(error, *quote)
      .replace(error.header_at<Ipv4Header>(quote->l3).source, from,
               source_port_field(error, *quote), port);
}

void rewrite_quoted_destination(Packet& error, Ipv4Address to, PortNumber port) noexcept {
  const auto quote = find_quote(error);
  if (!quote.has_value()) return;
  QuoteRewrite(error, *quote)
      .replace(error.header_at<Ipv4Header>(quote->l3).destination, to,
               destination_port_field(error, *quote), port);
}

}  // namespace encluster::net
