#include "control/rest_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace encluster::control {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_token(std::string_view text) {
  return text.size() == kRestTokenDigits &&
         std::ranges::all_of(text, [](unsigned char digit) { return std::isxdigit(digit) != 0; });
}

}  // namespace

std::string parse_rest_token(std::string_view text, const std::filesystem::path& file) {
  std::string token;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (!token.empty() || !is_token(line)) {
      throw std::runtime_error(
          fmt::format("{}:{}: is not one line of 64 hexadecimal digits", file.string(), number));
    }
    token = line;
  }
  if (token.empty()) throw std::runtime_error(fmt::format("{}: holds no token", file.string()));
  return token;
}

}  // namespace encluster::control
