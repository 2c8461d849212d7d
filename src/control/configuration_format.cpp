#include "control/configuration_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "control/configuration.hpp"

namespace encluster::control {

namespace {

constexpr std::size_t kMaxName = 63;
constexpr std::size_t kMaxText = 255;
constexpr std::size_t kMaxPath = 1023;  // what MOUNT can carry (RFC 1813, MNTPATHLEN is 1024)
/// The RPC programs that the cluster serves as a whole: rpcbind, NFS, MOUNT, NFS's access lists.
constexpr std::array<std::uint32_t, 4> kOfTheCluster{100'000, 100'003, 100'005, 100'227};
constexpr std::uint8_t kShortestPrefix = 8;
constexpr std::uint8_t kLongestPrefix = 31;

bool is_lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter_or_digit(char c) noexcept { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }
bool is_printable(char c) noexcept { return c >= 0x20 && c < 0x7f; }
bool is_visible(char c) noexcept { return c > 0x20 && c < 0x7f; }

/// Splits at the last separator; nothing if there is none.
std::optional<std::pair<std::string, std::string>> split(const std::string& text, char separator) {
  const std::size_t at = text.rfind(separator);
  if (at == std::string::npos) return std::nullopt;
  return std::pair{text.substr(0, at), text.substr(at + 1)};
}

std::optional<PortNumber> parse_port(std::string_view text) noexcept {
  const auto value = parse_number(text);
  if (!value || *value == 0 || *value > 65535) return std::nullopt;
  return PortNumber(static_cast<std::uint16_t>(*value));
}

/// Neither "this network", loopback, multicast nor reserved (RFC 6890).
bool is_host_address(Ipv4Address address) noexcept {
  const std::uint32_t first_byte = address.value() >> 24;
  return first_byte != 0 && first_byte != 127 && first_byte < 224;
}

Format<std::string> text_format(std::string allowed, std::function<bool(const std::string&)> good) {
  return {std::move(allowed),
          [good = std::move(good)](const std::string& text) -> std::optional<std::string> {
            if (!good(text)) return std::nullopt;
            return text;
          }};
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  if (!std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<Ipv4Address> parse_address(std::string_view text) noexcept {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return std::nullopt;
    const auto value = parse_number(text.substr(0, dot));
    if (!value || *value > 255) return std::nullopt;
    address = address << 8 | static_cast<std::uint32_t>(*value);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return Ipv4Address(address);
}

bool is_host_of(const Ipv4Prefix& prefix, Ipv4Address address) noexcept {
  if (!prefix.contains(address)) return false;
  // Networks of two addresses have no broadcast address (RFC 3021).
  return prefix.length >= 31 || (address != prefix.first() && address != prefix.last());
}

std::string to_text(Ipv4Address address) {
  const std::uint32_t value = address.value();
  return fmt::format("{}.{}.{}.{}", value >> 24, value >> 16 & 0xff, value >> 8 & 0xff,
                     value & 0xff);
}

std::string to_text(const Ipv4Prefix& prefix) {
  return fmt::format("{}/{}", to_text(prefix.address), prefix.length);
}

std::string to_text(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "tcp";
    case Protocol::udp:
      return "udp";
    case Protocol::icmp:
      break;
  }
  return "icmp";
}

Format<bool> boolean() { return one_of<bool>({{"true", true}, {"false", false}}); }

Format<std::string> name() {
  return text_format("1 to 63 letters, digits, '.', '_' and '-', the first a letter or digit",
                     [](const std::string& text) {
                       const auto good = [](char c) {
                         return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
                       };
                       return !text.empty() && text.size() <= kMaxName &&
                              is_letter_or_digit(text.front()) && std::ranges::all_of(text, good);
                     });
}

Format<std::string> network_name() {
  return text_format(fmt::format("1 to {} of a-z, 0-9 and '-', the first not '-'", kMaxNetworkName),
                     [](const std::string& text) {
                       const auto good = [](char c) { return is_lower_or_digit(c) || c == '-'; };
                       return !text.empty() && text.size() <= kMaxNetworkName &&
                              text.front() != '-' && std::ranges::all_of(text, good);
                     });
}

Format<std::string> device() {
  return text_format("a PCI address or DPDK vdev string: 1 to 255 visible characters",
                     [](const std::string& text) {
                       return !text.empty() && text.size() <= kMaxText &&
                              is_letter_or_digit(text.front()) &&
                              std::ranges::all_of(text, is_visible);
                     });
}

Format<std::string> printable() {
  return text_format("1 to 255 printable ASCII characters", [](const std::string& text) {
    return !text.empty() && text.size() <= kMaxText && std::ranges::all_of(text, is_printable);
  });
}

Format<std::string> absolute_path() {
  return text_format("an absolute path without '//', '.' or '..' and without '/' at its end",
                     [](const std::string& text) {
                       if (text == "/") return true;
                       if (text.empty() || text.size() > kMaxPath || text.front() != '/')
                         return false;
                       const std::string framed = text + '/';
                       return std::ranges::none_of(
                                  text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }) &&
                              framed.find("//") == std::string::npos &&
                              framed.find("/./") == std::string::npos &&
                              framed.find("/../") == std::string::npos;
                     });
}

Format<Ipv4Address> host_address() {
  return {"a host's IPv4 address, such as 10.77.0.11",
          [](const std::string& text) -> std::optional<Ipv4Address> {
            const auto address = parse_address(text);
            if (!address || !is_host_address(*address)) return std::nullopt;
            return address;
          }};
}

Format<Ipv4Prefix> interface_address() {
  return {fmt::format("a host's IPv4 address with a prefix length from {} to {}, such as "
                      "192.0.2.1/24, and neither the first nor the last of its network",
                      kShortestPrefix, kLongestPrefix),
          [](const std::string& text) -> std::optional<Ipv4Prefix> {
            const auto parts = split(text, '/');
            if (!parts) return std::nullopt;
            const auto address = host_address().parse(parts->first);
            const auto length = number(kShortestPrefix, kLongestPrefix).parse(parts->second);
            if (!address || !length) return std::nullopt;
            const Ipv4Prefix prefix{*address, *length};
            if (!is_host_of(prefix, *address)) return std::nullopt;
            return prefix;
          }};
}

Format<Ipv4Prefix> address_range() {
  return {
      "an IPv4 network with a prefix length from 0 to 32 and no bit set beyond it, such as "
      "198.51.100.0/24",
      [](const std::string& text) -> std::optional<Ipv4Prefix> {
        const auto parts = split(text, '/');
        if (!parts) return std::nullopt;
        const auto address = parse_address(parts->first);
        const auto length = number<std::uint8_t>(0, 32).parse(parts->second);
        if (!address || !length) return std::nullopt;
        const Ipv4Prefix prefix{*address, *length};
        if (prefix.first() != *address) return std::nullopt;
        return prefix;
      }};
}

Format<PortNumber> port_number() { return {"a port from 1 to 65535", &parse_port}; }

Format<Protocol> protocol() {
  return one_of<Protocol>({{"tcp", Protocol::tcp}, {"udp", Protocol::udp}});
}

Format<std::uint32_t> rpc_program() {
  auto format = number<std::uint32_t>(1, UINT32_MAX);
  format.allowed += ", but not 100000, 100003, 100005 and 100227, which the cluster serves itself";
  format.parse = [any = format.parse](const std::string& text) {
    const auto program = any(text);
    const bool taken = program && std::ranges::find(kOfTheCluster, *program) != kOfTheCluster.end();
    return taken ? std::nullopt : program;
  };
  return format;
}

Format<ServicePort> service_port() {
  return {"PORT/tcp or PORT/udp with a port from 1 to 65535, such as 513/tcp",
          [](const std::string& text) -> std::optional<ServicePort> {
            const auto parts = split(text, '/');
            if (!parts) return std::nullopt;
            const auto port = parse_port(parts->first);
            const auto of = protocol().parse(parts->second);
            if (!port || !of) return std::nullopt;
            return ServicePort{*port, *of};
          }};
}

Format<ServicePorts> service_ports() {
  return {
      "PORT/tcp, PORT/udp or FIRST-LAST/PROTOCOL with ports from 1 to 65535, such as "
      "2000-2100/udp",
      [](const std::string& text) -> std::optional<ServicePorts> {
        const auto parts = split(text, '/');
        const auto range = parts ? split(parts->first, '-') : std::nullopt;
        const std::string last = range ? range->second + '/' + parts->second : text;
        const std::string first = range ? range->first + '/' + parts->second : text;
        const auto from = service_port().parse(first);
        const auto to = service_port().parse(last);
        if (!from || !to || to->port < from->port) return std::nullopt;
        return ServicePorts{from->port, to->port, from->protocol};
      }};
}

Format<Endpoint> endpoint() {
  return {"ADDRESS:PORT with an IPv4 address and a port from 1 to 65535, such as 127.0.0.1:8077",
          [](const std::string& text) -> std::optional<Endpoint> {
            const auto parts = split(text, ':');
            if (!parts) return std::nullopt;
            const auto address = parse_address(parts->first);
            const auto port = parse_port(parts->second);
            if (!address || !port || address->value() >> 28 >= 14) return std::nullopt;
            return Endpoint{*address, *port};
          }};
}

Format<std::optional<std::uint32_t>> slice() {
  using Slice = std::optional<std::uint32_t>;
  return {"auto, or a power of two from 1 to 32768",
          [](const std::string& text) -> std::optional<Slice> {
            if (text == "auto") return std::optional<Slice>(std::in_place, std::nullopt);
            const auto size = number<std::uint32_t>(1, 32768).parse(text);
            if (!size || !std::has_single_bit(*size)) return std::nullopt;
            return std::optional<Slice>(std::in_place, *size);
          }};
}

}  // namespace encluster::control
