#include "rest/cursor.hpp"

#include <charconv>

namespace encluster::rest {

namespace {

constexpr char kSeparator = '-';

std::optional<std::uint32_t> parse_part(std::string_view text) {
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

std::string to_text(const Cursor& cursor) {
  return std::to_string(cursor.place) + kSeparator + std::to_string(cursor.told);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  const std::size_t separator = text.find(kSeparator);
  if (separator == std::string_view::npos) return std::nullopt;
  const auto place = parse_part(text.substr(0, separator));
  const auto told = parse_part(text.substr(separator + 1));
  if (!place || !told) return std::nullopt;
  return Cursor{*place, *told};
}

}  // namespace encluster::rest
