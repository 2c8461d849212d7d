#include "control/secret_text.hpp"

#include <boost/algorithm/hex.hpp>

namespace encluster::control {

std::optional<Bytes32> parse_hex(std::string_view text) noexcept {
  Bytes32 bytes{};
  if (text.size() != 2 * bytes.size()) return std::nullopt;
  try {
    boost::algorithm::unhex(text.begin(), text.end(), bytes.begin());
  } catch (const boost::algorithm::hex_decode_error&) {
    return std::nullopt;
  }
  return bytes;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace encluster::control
