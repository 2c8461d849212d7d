#include "rest/route_question.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "control/configuration_format.hpp"
#include "encluster/packet.hpp"
#include "rest/json_body.hpp"

namespace encluster::rest {

namespace json = boost::json;

namespace {

constexpr std::string_view kMembers = "from, frame, protocol, source, destination, flags";
constexpr std::string_view kFlags = "any of the letters S F R P A, such as S or SA";
/// Bytes of a frame: a simulated packet's buffer leaves room for what an answer adds.
constexpr std::size_t kLeastFrame = 14;
constexpr std::size_t kMostFrame = 1792;

std::string text_of(std::string_view key, const json::value& value, std::string_view allowed) {
  if (!value.is_string()) refuse_value(key, value, allowed);
  return std::string(value.get_string());
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::vector<std::byte> bytes_of(const json::value& value) {
  constexpr std::string_view kAllowed = "14 to 1792 bytes in hexadecimal digits";
  const std::string text = text_of("frame", value, kAllowed);
  const bool sized = text.size() >= 2 * kLeastFrame && text.size() <= 2 * kMostFrame;
  if (!sized || text.size() % 2 != 0) refuse_value("frame", value, kAllowed);
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) refuse_value("frame", value, kAllowed);
    bytes.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return bytes;
}

Protocol protocol_of(const json::value& value) {
  const auto format = control::one_of<Protocol>(
      {{"tcp", Protocol::tcp}, {"udp", Protocol::udp}, {"icmp", Protocol::icmp}});
  const auto protocol = format.parse(text_of("protocol", value, format.allowed));
  if (!protocol) refuse_value("protocol", value, format.allowed);
  return *protocol;
}

std::uint8_t flags_of(const json::value& value) {
  constexpr std::array<std::pair<char, std::uint8_t>, 5> kLetters{{{'S', tcp_flag::syn},
                                                                   {'F', tcp_flag::fin},
                                                                   {'R', tcp_flag::rst},
                                                                   {'P', tcp_flag::psh},
                                                                   {'A', tcp_flag::ack}}};
  unsigned flags = 0;
  for (const char c : text_of("flags", value, kFlags)) {
    const auto* const known = std::ranges::find(kLetters, c, &std::pair<char, std::uint8_t>::first);
    if (known == kLetters.end()) refuse_value("flags", value, kFlags);
    flags |= known->second;
  }
  return static_cast<std::uint8_t>(flags);
}

/// `198.51.100.7:1023`, `198.51.100.7` or `1023`.
struct End {
  std::optional<Ipv4Address> address;
  std::optional<PortNumber> port;
};
std::optional<End> parse_end(const std::string& text) {
  End end;
  const std::size_t colon = text.find(':');
  const bool both = colon != std::string::npos;
  const std::string port = both ? text.substr(colon + 1) : text;
  if (!both) end.address = control::parse_address(text);
  if (end.address) return end;
  const auto number = control::number<std::uint16_t>(0, 65535).parse(port);
  if (!number) return std::nullopt;
  end.port = PortNumber(*number);
  if (!both) return end;
  end.address = control::parse_address(text.substr(0, colon));
  return end.address ? std::optional(end) : std::nullopt;
}

void read_source(const json::value& value, DescribedPacket& packet) {
  constexpr std::string_view kAllowed =
      "ADDRESS:PORT, such as 198.51.100.7:1023; of icmp, the port is an identifier and may be left "
      "out";
  const auto end = parse_end(text_of("source", value, kAllowed));
  const bool whole = end && end->address && (end->port || packet.protocol == Protocol::icmp);
  if (!whole) refuse_value("source", value, kAllowed);
  packet.source = *end->address;
  packet.source_port = end->port.value_or(PortNumber());
}

void read_destination(const json::value& value, DescribedPacket& packet) {
  constexpr std::string_view kAllowed =
      "ADDRESS:PORT, or PORT at the cluster's address, such as 513; of icmp, ADDRESS";
  const auto end = parse_end(text_of("destination", value, kAllowed));
  const bool icmp = packet.protocol == Protocol::icmp;
  if (!end || end->port.has_value() == icmp) refuse_value("destination", value, kAllowed);
  packet.destination = end->address;
  packet.port = end->port.value_or(PortNumber());
}

const json::value& required(const json::object& object, const char* key) {
  const json::value* const value = object.if_contains(key);
  if (value == nullptr) refuse_value(key, nullptr, "it must be there");
  return *value;
}

DescribedPacket packet_of(const json::object& object) {
  DescribedPacket packet;
  packet.protocol = protocol_of(required(object, "protocol"));
  read_source(required(object, "source"), packet);
  const bool named = object.contains("destination");
  if (named || packet.protocol != Protocol::icmp) {
    read_destination(required(object, "destination"), packet);
  }
  const json::value* const flags = object.if_contains("flags");
  if (flags != nullptr && packet.protocol != Protocol::tcp) {
    refuse_value("flags", *flags, "of tcp alone");
  }
  packet.tcp_flags = flags == nullptr ? tcp_flag::syn : flags_of(*flags);
  return packet;
}

}  // namespace

RouteQuestion parse_route_question(const std::string& body) {
  const json::object object = parse_object(body, kMembers);
  const std::string known = ", " + std::string(kMembers) + ',';
  for (const auto& [key, value] : object) {
    const std::string_view name(key.data(), key.size());
    if (known.find(", " + std::string(name) + ',') == std::string::npos) {
      refuse_key(name, kMembers);
    }
  }
  RouteQuestion question;
  if (const json::value* const from = object.if_contains("from")) {
    question.from = text_of("from", *from, "a network's name, or interconnect");
  }
  const json::value* const frame = object.if_contains("frame");
  if (frame == nullptr) {
    question.packet = packet_of(object);
    return question;
  }
  for (const char* const key : {"protocol", "source", "destination", "flags"}) {
    if (object.contains(key)) refuse_value(key, object.at(key), "nothing beside frame");
  }
  question.packet = bytes_of(*frame);
  return question;
}

}  // namespace encluster::rest
