#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "control/configuration_format.hpp"

namespace encluster::control {

namespace {

using Key = FileSystemKey;
using Kind = FileSystemKeyKind;

std::optional<std::vector<std::byte>> parse_bytes(std::string_view hex, std::size_t least,
                                                  std::size_t most) {
  if (hex.size() % 2 != 0 || hex.size() < 2 * least || hex.size() > 2 * most) return std::nullopt;
  std::vector<std::byte> bytes;
  for (; !hex.empty(); hex.remove_prefix(2)) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + 2, byte, 16);
    if (error != std::errc() || end != hex.data() + 2) return std::nullopt;
    bytes.push_back(std::byte{byte});
  }
  return bytes;
}

std::byte byte_of(std::uint64_t number, unsigned index) {
  return static_cast<std::byte>(number >> 8 * index & 0xff);
}

std::optional<Key> parse_ganesha(std::string_view text) {
  const auto id = parse_number(text);
  if (!id || *id > 0xffff) return std::nullopt;
  return Key(Kind::ganesha, 0, std::array{byte_of(*id, 1), byte_of(*id, 0)});
}

/// knfsd writes the number of `fsid=` as its own machine does; those of today begin with the least
/// significant byte.
std::optional<Key> parse_fsid(std::string_view text) {
  const auto id = parse_number(text);
  if (!id || *id > 0xffff'ffff) return std::nullopt;
  return Key(Kind::knfsd, 1,
             std::array{byte_of(*id, 0), byte_of(*id, 1), byte_of(*id, 2), byte_of(*id, 3)});
}

std::optional<Key> parse_knfsd(std::string_view text) {
  const auto colon = text.find(':');
  const auto type = parse_number(text.substr(0, colon));
  if (colon == std::string_view::npos || !type || *type >= Key::kFsidBytes.size())
    return std::nullopt;
  const auto bytes =
      parse_bytes(text.substr(colon + 1), Key::kFsidBytes[*type], Key::kFsidBytes[*type]);
  if (!bytes) return std::nullopt;
  return Key(Kind::knfsd, static_cast<std::uint8_t>(*type), *bytes);
}

std::optional<Key> parse_range(std::string_view text) {
  const auto bytes = parse_bytes(text, 1, Key::kMaxBytes);
  return bytes ? std::optional(Key(Kind::bytes, 0, *bytes)) : std::nullopt;
}

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

}  // namespace

Format<FileSystemKey> file_system_key() {
  return {"ganesha:EXPORT_ID, fsid:NUMBER, knfsd:TYPE:HEX or bytes:HEX, such as ganesha:257",
          [](const std::string& text) -> std::optional<Key> {
            const auto colon = text.find(':');
            if (colon == std::string::npos) return std::nullopt;
            const std::string_view kind = std::string_view(text).substr(0, colon);
            const std::string_view rest = std::string_view(text).substr(colon + 1);
            if (kind == "ganesha") return parse_ganesha(rest);
            if (kind == "fsid") return parse_fsid(rest);
            if (kind == "knfsd") return parse_knfsd(rest);
            if (kind == "bytes") return parse_range(rest);
            return std::nullopt;
          }};
}

std::string to_text(const FileSystemKey& key) {
  const auto number = [&](std::size_t index) { return static_cast<unsigned>(key.bytes()[index]); };
  switch (key.kind()) {
    case Kind::none:
      return "none";
    case Kind::ganesha:
      return fmt::format("ganesha:{}", number(0) << 8 | number(1));
    case Kind::knfsd:
      return fmt::format("knfsd:{}:{}", key.type(), hex(key.bytes()));
    case Kind::bytes:
      return "bytes:" + hex(key.bytes());
  }
  return "none";
}

}  // namespace encluster::control
