#include "net/ip_options.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>

#include "net/checksum.hpp"
#include "net/headers.hpp"
#include "net/icmp_quote.hpp"

namespace encluster::net {

namespace {

constexpr std::size_t kMaxOptions = 40;  // fifteen words of header, five of them fixed
constexpr std::byte kEndOfList{0};
constexpr std::byte kNoOperation{1};
constexpr std::byte kCopied{0x80};

constexpr std::byte kRouterAlert{148};
constexpr std::size_t kRouterAlertBytes = 4;

bool may_hold_address(std::span<const std::byte> option) noexcept {
  return option[0] != kRouterAlert || option.size() != kRouterAlertBytes;
}

bool is_not_copied(std::span<const std::byte> option) noexcept {
  return (option[0] & kCopied) == std::byte{0};
}

/// Bytes of the first option; 0 if the list ends here, as it should or because that is no option.
std::size_t length_of_first(std::span<const std::byte> options) noexcept {
  if (options.empty() || options[0] == kEndOfList) return 0;
  if (options[0] == kNoOperation) return 1;
  if (options.size() < 2) return 0;
  const auto length = std::to_integer<std::size_t>(options[1]);
  return length >= 2 && length <= options.size() ? length : 0;
}

/// Blanks the options that are `unwanted`, and all that follows the end of the list.
template <typename Unwanted>
void blank(std::span<std::byte> options, Unwanted&& unwanted) noexcept {
  while (const std::size_t length = length_of_first(options)) {
    const auto option = options.first(length);
    if (unwanted(option)) std::ranges::fill(option, kNoOperation);
    options = options.subspan(length);
  }
  std::ranges::fill(options, kEndOfList);
}

/// Blanks what may hold an address. @return what that changes in sums over the options
ChecksumDelta conceal(std::span<std::byte> options) noexcept {
  assert(options.size() <= kMaxOptions && options.size() % sizeof(Be32) == 0);
  std::array<std::byte, kMaxOptions> before;
  std::ranges::copy(options, before.begin());
  blank(options, may_hold_address);
  ChecksumDelta delta;
  for (std::size_t at = 0; at < options.size(); at += sizeof(Be32)) {
    Be32 from;
    Be32 to;
    std::memcpy(&from, before.data() + at, sizeof from);
    std::memcpy(&to, options.data() + at, sizeof to);
    delta.change(from, to);
  }
  return delta;
}

std::span<std::byte> options_between(const Packet& packet, std::uint16_t l3,
                                     std::uint16_t l4) noexcept {
  return {packet.frame + l3 + sizeof(Ipv4Header), packet.frame + l4};
}

void conceal_in_quote(Packet& error, const IcmpQuote& quote) noexcept {
  auto& ip = error.header_at<Ipv4Header>(quote.l3);
  auto& icmp = error.header_at<IcmpHeader>(error.l4);
  ChecksumDelta delta = conceal(options_between(error, quote.l3, quote.l4));
  const Be16 checksum = delta.apply(ip.checksum);
  delta.change(ip.checksum, checksum);
  ip.checksum = checksum;
  icmp.checksum = delta.apply(icmp.checksum);
}

}  // namespace

void conceal_addresses_in_options(Packet& packet) noexcept {
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  const ChecksumDelta delta = conceal(options_between(packet, packet.l3, packet.l4));
  ip.checksum = delta.apply(ip.checksum);
  const bool has_icmp_header = packet.protocol == Protocol::icmp && packet.payload > packet.l4;
  if (!has_icmp_header || !packet.header_at<IcmpHeader>(packet.l4).is_error()) return;
  if (const auto quote = find_quote(packet)) conceal_in_quote(packet, *quote);
}

void keep_copied_options(std::span<std::byte> options) noexcept { blank(options, is_not_copied); }

}  // namespace encluster::net
