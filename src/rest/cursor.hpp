// Where a list of connections goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encluster::rest {

/// A place in the workers' tables (switching::ConnectionPage), and how many records of the page
/// that begins there were told already. Callers get it as a text that means nothing to them.
struct Cursor {
  std::uint32_t place = 0;
  std::uint32_t told = 0;

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

[[nodiscard]] std::string to_text(const Cursor& cursor);
/// Nothing if it is not what to_text() makes.
[[nodiscard]] std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace encluster::rest
