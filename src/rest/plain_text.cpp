#include "rest/plain_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace encluster::rest {

std::string plain(std::string_view text) {
  constexpr std::size_t kMost = 1024;
  std::string safe;
  for (const char c : text.substr(0, kMost)) {
    if (c == '\\') {
      safe += "\\\\";
    } else if (c == '\n') {
      safe += "\\n";
    } else if (c >= ' ' && c < 0x7f) {
      safe += c;
    } else {
      fmt::format_to(std::back_inserter(safe), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (text.size() > kMost) safe += "...";
  return safe;
}

}  // namespace encluster::rest
