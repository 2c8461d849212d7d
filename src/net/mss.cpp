#include "net/mss.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "net/headers.hpp"
#include "net/rewrite.hpp"

namespace encluster::net {

namespace {

constexpr std::byte kEndOfList{0};
constexpr std::byte kNoOperation{1};
constexpr std::byte kMss{2};
constexpr std::size_t kMssLength = 4;

/// Where the value of the next MSS option begins, from position `at` on; 0 if there is none.
std::size_t find_mss(std::span<const std::byte> options, std::size_t at) noexcept {
  while (at < options.size() && options[at] != kEndOfList) {
    if (options[at] == kNoOperation) {
      ++at;
      continue;
    }
    if (at + 1 == options.size()) return 0;
    const auto length = std::to_integer<std::size_t>(options[at + 1]);
    if (length < 2 || at + length > options.size()) return 0;
    if (options[at] == kMss && length == kMssLength) return at + 2;
    at += length;
  }
  return 0;
}

}  // namespace

void clamp_mss(Packet& syn, std::uint16_t limit) noexcept {
  constexpr std::size_t kOptions = sizeof(TcpHeader);
  const std::span<const std::byte> options(syn.frame + syn.l4 + kOptions, syn.frame + syn.payload);
  const std::array<std::byte, 2> lower{std::byte(limit >> 8), std::byte(limit & 0xff)};
  // There should be one; of several, receivers take the last.
  for (std::size_t at = find_mss(options, 0); at != 0; at = find_mss(options, at + lower.size())) {
    Be16 announced;
    std::memcpy(&announced, options.data() + at, sizeof announced);
    if (announced.host() <= limit) continue;
    replace_message_bytes(syn, static_cast<std::uint16_t>(kOptions + at), lower);
  }
}

}  // namespace encluster::net
