#include "rest/connection_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"

namespace encluster::rest {

namespace {

using control::Format;

constexpr std::size_t kMostConnections = 1000;

Format<Cursor> cursor() {
  return {"what an answer gave as next",
          [](const std::string& text) { return parse_cursor(text); }};
}

/// A network, or a single address.
Format<Ipv4Prefix> remote() {
  return {"an address, such as 198.51.100.7, or a network, such as 198.51.100.0/24",
          [](const std::string& text) -> std::optional<Ipv4Prefix> {
            if (const auto address = control::parse_address(text)) return Ipv4Prefix{*address, 32};
            return control::address_range().parse(text);
          }};
}

/// An echo's identifier may be any number.
Format<PortNumber> port() {
  constexpr std::uint16_t kLast = 65535;
  const auto number = control::number<std::uint16_t>(0, kLast);
  return {number.allowed, [number](const std::string& text) -> std::optional<PortNumber> {
            const auto value = number.parse(text);
            return value ? std::optional(PortNumber(*value)) : std::nullopt;
          }};
}

Format<Protocol> protocol() {
  return control::one_of<Protocol>(
      {{"tcp", Protocol::tcp}, {"udp", Protocol::udp}, {"icmp", Protocol::icmp}});
}

Format<std::string> state() {
  std::vector<std::pair<std::string, std::string>> words;
  for (const std::string_view word : kConnectionStates) words.emplace_back(word, word);
  return control::one_of<std::string>(std::move(words));
}

/// Whose values of the query go where.
class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& query) : query_(query) {}

  template <typename T, typename Into>
  void read(const char* key, const Format<T>& format, Into& into) {
    known_ += known_.empty() ? key : std::string(", ") + key;
    const auto found = query_.find(key);
    if (found == query_.end()) return;
    ++read_;
    const auto value = format.parse(found->second);
    if (!value) {
      throw BadRequest(fmt::format("{}: found {}; allowed: {}", key, control::shown(found->second),
                                   format.allowed));
    }
    into = *value;
  }

  /// @throws BadRequest if there is anything that was not read
  void end() const {
    if (read_ == query_.size()) return;
    for (const auto& [key, value] : query_) {
      if ((", " + known_ + ',').find(", " + key + ',') != std::string::npos) continue;
      throw BadRequest(
          fmt::format("{}: found an unknown parameter; allowed: {}", control::shown(key), known_));
    }
  }

 private:
  const std::map<std::string, std::string>& query_;
  std::string known_;  ///< keys
  std::size_t read_ = 0;
};

}  // namespace

ConnectionQuery parse_connection_query(const std::map<std::string, std::string>& query) {
  ConnectionQuery result;
  ConnectionFilter& filter = result.filter;
  Reader reader(query);
  reader.read("limit", control::number<std::size_t>(1, kMostConnections), result.limit);
  reader.read("cursor", cursor(), result.from);
  reader.read("node", control::name(), filter.node);
  reader.read("remote", remote(), filter.remote);
  reader.read("port", port(), filter.port);
  reader.read("protocol", protocol(), filter.protocol);
  reader.read("state", state(), filter.state);
  reader.read("idle", control::number<std::uint32_t>(0, std::numeric_limits<std::uint32_t>::max()),
              filter.idle);
  reader.end();
  return result;
}

bool matches(const ConnectionFilter& filter, const ConnectionView& connection) {
  const auto is = [](const auto& wanted, const auto& value) { return !wanted || *wanted == value; };
  return is(filter.node, connection.node) && is(filter.protocol, connection.protocol) &&
         is(filter.port, connection.cluster_port) &&
         (!filter.remote || filter.remote->contains(connection.remote)) &&
         (!filter.state ||
          std::ranges::find(connection.state, *filter.state) != connection.state.end()) &&
         (!filter.idle || connection.idle_seconds >= *filter.idle);
}

}  // namespace encluster::rest
