#include "control/rest_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "control/secret_text.hpp"

namespace encluster::control {

std::string parse_rest_token(std::string_view text, const std::filesystem::path& file) {
  std::string token;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (!token.empty() || !parse_hex(line).has_value()) {
      throw std::runtime_error(
          fmt::format("{}:{}: is not one line of 64 hexadecimal digits", file.string(), number));
    }
    token = line;
  }
  if (token.empty()) throw std::runtime_error(fmt::format("{}: holds no token", file.string()));
  return token;
}

}  // namespace encluster::control
