#include "icmp_errors.hpp"

#include <stdexcept>

#include "net/checksum.hpp"
#include "net/headers.hpp"
#include "net/icmp_quote.hpp"
#include "net/reply.hpp"

namespace encluster::bench {

namespace {

constexpr std::uint16_t kNextMtu = 1400;

std::uint8_t code_of(std::size_t index) {
  return index % 2 == 0 ? net::kIcmpPortUnreachable : net::kIcmpFragmentationNeeded;
}

/// The error that the sender of `answer` sends instead of it.
void write_error(Packet& packet, const Message& answer, std::uint8_t code) {
  net::write_segment(packet, {.source_mac = kOutsideMac,
                              .destination_mac = kSenderMac,
                              .source = answer.to.address,
                              .destination = answer.from.address,
                              .source_port = answer.to.port,
                              .destination_port = answer.from.port,
                              .sequence = 1,
                              .acknowledgment = 1,
                              .flags = tcp_flag::ack});
  const std::uint16_t mtu = code == net::kIcmpFragmentationNeeded ? kNextMtu : std::uint16_t{0};
  if (!net::turn_into_unreachable(packet, code, answer.from.address, mtu)) {
    throw std::logic_error("an ICMP error does not fit its frame");
  }
}

/// True if the error quotes what the node sent, with a whole IP header.
bool quotes(const Packet& error, const Message& answer) {
  const auto quote = net::find_quote(error);
  return quote.has_value() && quote->protocol == Protocol::tcp &&
         quote->source == answer.to_after.address && quote->source_port == answer.to_after.port &&
         quote->destination == answer.from_after.address &&
         quote->destination_port == answer.from_after.port &&
         net::ipv4_checksum_ok({error.frame + quote->l3, error.frame + quote->l4});
}

}  // namespace

void IcmpErrors::renew(Batch& batch, std::size_t index, std::mt19937& random) {
  answers_[index] = draw(random);
  batch.renew(index, origin(),
              [&](Packet& packet) { write_error(packet, answers_[index], code_of(index)); });
}

std::optional<std::string> IcmpErrors::fault(const Packet& packet, std::size_t index) const {
  const Message& answer = answers_[index];
  if (auto fault = forwarding_fault(packet, answer)) return fault;
  const auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
  const auto& icmp = packet.header_at<net::IcmpHeader>(packet.l4);
  if (Ipv4Address(ip.source) != answer.from_after.address) return "an error's source is wrong";
  if (Ipv4Address(ip.destination) != answer.to_after.address) {
    return "an error's destination is wrong";
  }
  if (icmp.type != net::icmp_type::unreachable || icmp.code != code_of(index)) {
    return "an error says something else";
  }
  if (!quotes(packet, answer)) return "an error's quote is wrong";
  if (!checksums_right(packet)) return "an error's checksums are wrong";
  return std::nullopt;
}

}  // namespace encluster::bench
