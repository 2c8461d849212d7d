// What of an NFS file handle names the file system (paper: the node identifier in an unused field).
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace encluster {

/// Who has laid the handle out, and so what the key's bytes mean.
enum class FileSystemKeyKind : std::uint8_t {
  none,     ///< no key
  ganesha,  ///< 2 bytes: Export_Id, most significant first
  knfsd,    ///< 4 to 24 bytes: the fsid, which is of one of eight types
  bytes,    ///< the bytes of a handle that the service's configuration names
};

/// A value: two handles of one file system have the same, and handles of others have others. Made
/// for each call, and so of words that are loaded as such: a processor that stores a few bytes has
/// to wait before it can read them as a word.
class FileSystemKey {
 public:
  using Kind = FileSystemKeyKind;

  static constexpr std::size_t kMaxBytes = 24;
  /// Bytes of an fsid of Linux's server; index: its type.
  static constexpr std::array<std::uint8_t, 8> kFsidBytes{8, 4, 12, 8, 8, 8, 16, 24};

  /// Whether there are keys of this kind and type with so many bytes.
  [[nodiscard]] static constexpr bool exists(Kind kind, std::uint8_t type,
                                             std::size_t size) noexcept {
    if (kind == Kind::knfsd) return type < kFsidBytes.size() && size == kFsidBytes[type];
    if (type != 0) return false;
    if (kind == Kind::ganesha) return size == 2;
    return kind == Kind::bytes ? size >= 1 && size <= kMaxBytes : size == 0;
  }

  /// No key.
  constexpr FileSystemKey() noexcept = default;
  /// @param type of the fsid, where it has one; else 0
  /// @pre bytes.size() <= kMaxBytes
  FileSystemKey(Kind kind, std::uint8_t type, std::span<const std::byte> bytes) noexcept
      : words_{0, 0, 0, tag(kind, type, bytes.size())} {
    std::memcpy(words_.data(), bytes.data(), bytes.size());
  }
  /// The same of so many bytes.
  template <std::size_t count>
  static FileSystemKey of(Kind kind, std::uint8_t type, const std::byte* bytes) noexcept {
    static_assert(count == 2 || (count % 4 == 0 && count <= kMaxBytes));
    FileSystemKey key;
    if constexpr (count == 2) {
      key.words_[0] = load<std::uint16_t>(bytes);
    } else {
      for (std::size_t i = 0; i < count / 8; ++i)
        key.words_[i] = load<std::uint64_t>(bytes + 8 * i);
      if (count % 8 != 0) key.words_[count / 8] = load<std::uint32_t>(bytes + count - 4);
    }
    key.words_[3] = tag(kind, type, count);
    return key;
  }

  [[nodiscard]] constexpr Kind kind() const noexcept { return static_cast<Kind>(words_[3] & 0xff); }
  [[nodiscard]] constexpr std::uint8_t type() const noexcept {
    return static_cast<std::uint8_t>(words_[3] >> 8 & 0xff);
  }
  /// Valid as long as the key.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span(words_)).first(words_[3] >> 16);
  }

  /// Spreads keys over tables; no secret. Each seed spreads them differently.
  [[nodiscard]] constexpr std::uint64_t hash(std::uint64_t seed) const noexcept {
    const std::uint64_t hash = (words_[0] ^ words_[3] ^ seed) * 0x9e3779b97f4a7c15 +
                               words_[1] * 0xc2b2ae3d27d4eb4f + words_[2] * 0x165667b19e3779f9;
    return hash ^ hash >> 32;
  }
  friend constexpr bool operator==(const FileSystemKey& left, const FileSystemKey& right) noexcept {
    return ((left.words_[0] ^ right.words_[0]) | (left.words_[1] ^ right.words_[1]) |
            (left.words_[2] ^ right.words_[2]) | (left.words_[3] ^ right.words_[3])) == 0;
  }
  friend constexpr auto operator<=>(const FileSystemKey& left,
                                    const FileSystemKey& right) noexcept {
    return left.words_ <=> right.words_;
  }

 private:
  static_assert(std::endian::native == std::endian::little,
                "a short load is the beginning of a long one");
  template <typename Word>
  static std::uint64_t load(const std::byte* bytes) noexcept {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }

  static constexpr std::uint64_t tag(Kind kind, std::uint8_t type, std::size_t size) noexcept {
    return std::uint64_t{size} << 16 | std::uint64_t{type} << 8 | static_cast<std::uint64_t>(kind);
  }

  /// Three of bytes as they lie in the handle, zeros behind them; and the tag.
  std::array<std::uint64_t, 4> words_{};
};

}  // namespace encluster
