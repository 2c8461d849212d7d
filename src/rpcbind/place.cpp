#include "rpcbind/place.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace encluster::rpcbind {

namespace {

std::optional<std::uint8_t> read_byte(std::string_view text) {
  std::uint8_t byte{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), byte);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return byte;
}

/// The last two of six bytes that are written with dots between them.
std::optional<PortNumber> port_of(std::string_view address) {
  std::array<std::uint8_t, 6> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto dot = address.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == bytes.size())) return std::nullopt;
    const auto byte = read_byte(address.substr(0, dot));
    if (!byte) return std::nullopt;
    bytes[i] = *byte;
    address.remove_prefix(std::min(dot, address.size() - 1) + 1);
  }
  const PortNumber port(static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5]));
  return port == PortNumber() ? std::nullopt : std::optional(port);
}

/// The protocol by IPv4 that a name of netconfig(5) means.
std::optional<Protocol> protocol_of(std::string_view network) {
  if (network == "tcp") return Protocol::tcp;
  if (network == "udp") return Protocol::udp;
  return std::nullopt;
}

}  // namespace

std::optional<Place> place_of(const Registration& registration) {
  const auto protocol = protocol_of(registration.network);
  const auto port = port_of(registration.address);
  if (!protocol || !port) return std::nullopt;
  return Place{*protocol, *port};
}

}  // namespace encluster::rpcbind
