// Keys of file systems, as people write them and as file handles hold them.
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "control/configuration_format.hpp"

namespace encluster::control {
namespace {

using Kind = FileSystemKeyKind;

std::vector<unsigned> bytes_of(const FileSystemKey& key) {
  std::vector<unsigned> bytes;
  for (const std::byte byte : key.bytes()) bytes.push_back(std::to_integer<unsigned>(byte));
  return bytes;
}

FileSystemKey parsed(const std::string& text) {
  const auto key = file_system_key().parse(text);
  REQUIRE(key.has_value());
  return *key;
}

}  // namespace

TEST_CASE("a Ganesha key is the Export_Id, most significant byte first") {
  const FileSystemKey key = parsed("ganesha:258");
  CHECK(key.kind() == Kind::ganesha);
  CHECK(bytes_of(key) == std::vector<unsigned>{1, 2});
  constexpr std::array kHandle{std::byte{1}, std::byte{2}};
  CHECK(key == FileSystemKey::of<2>(Kind::ganesha, 0, kHandle.data()));
}

TEST_CASE("an fsid is a knfsd key of type 1, least significant byte first") {
  const FileSystemKey key = parsed("fsid:258");
  CHECK(key == parsed("knfsd:1:02010000"));
  CHECK(key.type() == 1);
  CHECK(bytes_of(key) == std::vector<unsigned>{2, 1, 0, 0});
}

TEST_CASE("a knfsd key is as long as its type says") {
  constexpr std::array<std::size_t, 8> kBytes{8, 4, 12, 8, 8, 8, 16, 24};
  for (std::size_t type = 0; type < kBytes.size(); ++type) {
    const std::string prefix = "knfsd:" + std::to_string(type) + ":";
    const FileSystemKey key = parsed(prefix + std::string(2 * kBytes[type], 'a'));
    CHECK(key.kind() == Kind::knfsd);
    CHECK(key.type() == type);
    CHECK(bytes_of(key) == std::vector<unsigned>(kBytes[type], 0xaa));
    CHECK_FALSE(file_system_key().parse(prefix + std::string(2 * kBytes[type] - 2, 'a')));
    CHECK_FALSE(file_system_key().parse(prefix + std::string(2 * kBytes[type] + 2, 'a')));
  }
}

TEST_CASE("keys that are made for a handle are those that are parsed") {
  std::array<std::byte, 24> handle{};
  for (std::size_t i = 0; i < handle.size(); ++i) handle[i] = static_cast<std::byte>(i + 1);
  CHECK(FileSystemKey::of<4>(Kind::knfsd, 1, handle.data()) == parsed("knfsd:1:01020304"));
  CHECK(FileSystemKey::of<8>(Kind::knfsd, 0, handle.data()) == parsed("knfsd:0:0102030405060708"));
  CHECK(FileSystemKey::of<12>(Kind::knfsd, 2, handle.data()) ==
        parsed("knfsd:2:0102030405060708090a0b0c"));
  CHECK(FileSystemKey::of<16>(Kind::knfsd, 6, handle.data()) ==
        parsed("knfsd:6:0102030405060708090a0b0c0d0e0f10"));
  CHECK(FileSystemKey::of<24>(Kind::knfsd, 7, handle.data()) ==
        parsed("knfsd:7:0102030405060708090a0b0c0d0e0f101112131415161718"));
}

TEST_CASE("keys of other kinds or types differ, although their bytes do not") {
  CHECK(parsed("bytes:0102") != parsed("ganesha:258"));
  CHECK(parsed("knfsd:0:0000000000000000") != parsed("knfsd:3:0000000000000000"));
  CHECK(parsed("bytes:00") != parsed("bytes:0000"));
  CHECK(FileSystemKey() != parsed("bytes:00"));
}

TEST_CASE("a key is told as it is written") {
  for (const char* text : {"ganesha:0", "ganesha:65535", "knfsd:4:0123456789abcdef", "bytes:ff"}) {
    CHECK(to_text(parsed(text)) == text);
  }
  CHECK(to_text(parsed("fsid:7")) == "knfsd:1:07000000");
  CHECK(to_text(FileSystemKey()) == "none");
}

}  // namespace encluster::control
