#include "rest/target.hpp"

#include <charconv>
#include <utility>

namespace encluster::rest {

namespace {

constexpr std::string_view kScheme = "http://";

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2) return std::nullopt;
    plain += static_cast<char>(value);
    i += 2;
  }
  return plain;
}

bool parse_query(std::string_view text, std::map<std::string, std::string>& query) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    text.remove_prefix(item.size() == text.size() ? item.size() : item.size() + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    const auto key = decoded(item.substr(0, equals));
    const auto value =
        decoded(equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1));
    if (!key || !value || !query.emplace(*key, *value).second) return false;
  }
  return true;
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
    const std::size_t path = text.find_first_of("/?");
    text = path == std::string_view::npos ? "/" : text.substr(path);
  }
  if (!text.starts_with('/')) return std::nullopt;
  text = text.substr(0, text.find('#'));
  const std::size_t question = text.find('?');
  const auto path = decoded(text.substr(0, question));
  Target target;
  if (!path) return std::nullopt;
  target.path = *path;
  if (question != std::string_view::npos && !parse_query(text.substr(question + 1), target.query)) {
    return std::nullopt;
  }
  return target;
}

}  // namespace encluster::rest
