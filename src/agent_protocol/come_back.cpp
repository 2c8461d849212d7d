#include "agent_protocol/come_back.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <new>

namespace encluster::agent_protocol {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic{'E', 'C', 'B', '1'};
constexpr std::size_t kTimeSize = 8;
constexpr std::size_t kAuthenticated = kMagic.size() + kInstanceSize + kTimeSize;
constexpr std::size_t kCodeSize = 32;
static_assert(kAuthenticated + kCodeSize == kComeBackSize);

using Code = std::array<std::uint8_t, kCodeSize>;

/// Nothing for lack of memory.
std::optional<Code> code_of(std::span<const std::uint8_t, kAuthenticated> text,
                            std::span<const std::uint8_t, kTokenSize> token) noexcept {
  Code code{};
  if (HMAC(EVP_sha256(), token.data(), static_cast<int>(token.size()), text.data(), text.size(),
           code.data(), nullptr) == nullptr) {
    return std::nullopt;
  }
  return code;
}

}  // namespace

std::array<std::uint8_t, kComeBackSize> encode_come_back(
    const ComeBack& come_back, std::span<const std::uint8_t, kTokenSize> token) {
  std::array<std::uint8_t, kComeBackSize> datagram{};
  auto out = std::ranges::copy(kMagic, datagram.begin()).out;
  out = std::ranges::copy(come_back.instance, out).out;
  for (int shift = 56; shift >= 0; shift -= 8) {
    *out++ = static_cast<std::uint8_t>(come_back.time_ms >> shift);
  }
  const auto code = code_of(std::span(datagram).first<kAuthenticated>(), token);
  if (!code) throw std::bad_alloc();
  std::ranges::copy(*code, out);
  return datagram;
}

std::optional<ComeBack> decode_come_back(std::span<const std::uint8_t> datagram,
                                         std::span<const std::uint8_t, kTokenSize> token) noexcept {
  if (datagram.size() != kComeBackSize ||
      !std::ranges::equal(datagram.first<kMagic.size()>(), kMagic)) {
    return std::nullopt;
  }
  const auto code = code_of(datagram.first<kAuthenticated>(), token);
  if (!code || CRYPTO_memcmp(code->data(), datagram.last<kCodeSize>().data(), kCodeSize) != 0) {
    return std::nullopt;
  }
  ComeBack come_back;
  std::ranges::copy(datagram.subspan<kMagic.size(), kInstanceSize>(), come_back.instance.begin());
  for (const std::uint8_t byte : datagram.subspan<kMagic.size() + kInstanceSize, kTimeSize>()) {
    come_back.time_ms = come_back.time_ms << 8 | byte;
  }
  return come_back;
}

}  // namespace encluster::agent_protocol
