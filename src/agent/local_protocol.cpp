#include "agent/local_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "control/configuration_format.hpp"

namespace encluster::agent {

namespace {

using agent_protocol::LeasedPort;
using agent_protocol::LeaseResult;
using std::chrono::milliseconds;

constexpr std::uint64_t kMostMilliseconds = 1'000'000'000'000'000;  // 31,000 years
constexpr std::size_t kMaxWords = 4;

struct Refusal {
  LeaseResult result;
  std::string_view word;
};

constexpr std::array<Refusal, 4> kRefusals{{
    {LeaseResult::taken, "taken"},
    {LeaseResult::quarantined, "quarantined"},
    {LeaseResult::not_leasable, "not-leasable"},
    {LeaseResult::too_many, "too-many"},
}};

std::string_view word_of(LeaseResult result) {
  const auto found = std::ranges::find(kRefusals, result, &Refusal::result);
  return found == kRefusals.end() ? "not-leasable" : found->word;
}

std::string text_of(const LeasedPort& port) {
  return fmt::format("{} {}", control::to_text(port.protocol), port.port.value());
}

std::string text_of(const Validity& validity) {
  return fmt::format("{} {}", validity.until.time_since_epoch().count(), validity.fence.count());
}

struct Encoder {
  std::string operator()(const Ask& ask) const { return "lease " + text_of(ask.port); }
  std::string operator()(const Hold& hold) const {
    return fmt::format("hold {} {}", text_of(hold.port), hold.until.time_since_epoch().count());
  }
  std::string operator()(const Release&) const { return "release"; }
  std::string operator()(const Granted& granted) const {
    return "granted " + text_of(granted.validity);
  }
  std::string operator()(const Denied& denied) const {
    return fmt::format("denied {}{}{}", word_of(denied.result), denied.owner.empty() ? "" : " ",
                       denied.owner);
  }
  std::string operator()(const Valid& valid) const { return "valid " + text_of(valid.validity); }
  std::string operator()(const Lost&) const { return "lost"; }
  std::string operator()(const Forbidden&) const { return "forbidden"; }
};

/// At most kMaxWords, between single blanks; the last takes the rest.
std::vector<std::string_view> words_of(std::string_view text, std::size_t most = kMaxWords) {
  std::vector<std::string_view> words;
  while (words.size() + 1 < most) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) break;
    words.push_back(text.substr(0, blank));
    text.remove_prefix(blank + 1);
  }
  words.push_back(text);
  return words;
}

std::optional<milliseconds> parse_milliseconds(std::string_view text) {
  const auto number = control::parse_number(text);
  if (!number || *number > kMostMilliseconds) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(*number));
}

std::optional<Validity> parse_validity(std::string_view until, std::string_view fence) {
  const auto time = parse_milliseconds(until);
  const auto length = parse_milliseconds(fence);
  if (!time || !length) return std::nullopt;
  return Validity{BootTime(*time), *length};
}

std::optional<ToKeeper> parse_denied(std::string_view text) {
  const auto words = words_of(text, 3);
  const std::string_view owner = words.size() == 3 ? words[2] : std::string_view();
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (words.size() < 2 || owner.size() > agent_protocol::kMaxNodeName ||
      !std::ranges::all_of(owner, printable)) {
    return std::nullopt;
  }
  const auto refusal = std::ranges::find(kRefusals, words[1], &Refusal::word);
  if (refusal == kRefusals.end()) return std::nullopt;
  return Denied{refusal->result, std::string(owner)};
}

}  // namespace

std::string encode(const FromKeeper& message) { return std::visit(Encoder{}, message); }
std::string encode(const ToKeeper& message) { return std::visit(Encoder{}, message); }

std::optional<FromKeeper> decode_from_keeper(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() == 1 && words[0] == "release") return Release{};
  if (words.size() < 3) return std::nullopt;
  const auto port = parse_leased_port(words[1], words[2]);
  if (!port) return std::nullopt;
  if (words.size() == 3 && words[0] == "lease") return Ask{*port};
  if (words.size() != 4 || words[0] != "hold") return std::nullopt;
  const auto until = parse_milliseconds(words[3]);
  if (!until) return std::nullopt;
  return Hold{*port, BootTime(*until)};
}

std::optional<ToKeeper> decode_to_keeper(std::string_view text) {
  if (text == "lost") return Lost{};
  if (text == "forbidden") return Forbidden{};
  if (text.starts_with("denied ")) return parse_denied(text);
  const auto words = words_of(text);
  if (words.size() != 3) return std::nullopt;
  const auto validity = parse_validity(words[1], words[2]);
  if (!validity) return std::nullopt;
  if (words[0] == "granted") return Granted{*validity};
  if (words[0] == "valid") return Valid{*validity};
  return std::nullopt;
}

std::optional<LeasedPort> parse_leased_port(std::string_view protocol, std::string_view port) {
  const auto number = control::parse_number(port);
  if (!number || *number == 0 || *number > 65535) return std::nullopt;
  if (protocol != "udp" && protocol != "tcp") return std::nullopt;
  return LeasedPort{protocol == "udp" ? Protocol::udp : Protocol::tcp,
                    PortNumber(static_cast<std::uint16_t>(*number))};
}

}  // namespace encluster::agent
