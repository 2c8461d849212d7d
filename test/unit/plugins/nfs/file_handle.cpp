#include "nfs/file_handle.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <initializer_list>
#include <numeric>
#include <string>
#include <vector>

namespace encluster::nfs {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<unsigned> values) {
  Bytes result;
  for (const unsigned value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

/// A handle of Linux's server with an fsid of this type; its bytes count from 1.
Bytes knfsd(unsigned type, std::size_t fsid, std::size_t behind) {
  Bytes handle = bytes({1, 0, type, 1});
  for (std::size_t i = 1; i <= fsid; ++i) handle.push_back(static_cast<std::byte>(i));
  handle.resize(handle.size() + behind, std::byte{0xee});
  return handle;
}

}  // namespace

TEST_CASE("of Linux's handles, the fsid with its type is the key") {
  // key_len() of Linux's fs/nfsd/nfsfh.h
  constexpr std::array<std::size_t, 8> kSizes{8, 4, 12, 8, 8, 8, 16, 24};
  for (std::size_t type = 0; type < kSizes.size(); ++type) {
    const std::size_t size = kSizes[type];
    const FileSystemKey key = key_of(knfsd(static_cast<unsigned>(type), size, 8));
    CHECK(key.kind() == FileSystemKeyKind::knfsd);
    CHECK(key.type() == type);
    CHECK(key.bytes().size() == size);
    CHECK(key.bytes().back() == static_cast<std::byte>(size));
    // Whatever the file, and whether the version pads it.
    CHECK(key == key_of(knfsd(static_cast<unsigned>(type), size, 0)));
    CHECK(key == key_of(knfsd(static_cast<unsigned>(type), size, 28 - size)));
    Bytes cut = knfsd(static_cast<unsigned>(type), size, 0);
    cut.pop_back();
    CHECK(key_of(cut).kind() == FileSystemKeyKind::none);
  }
}

TEST_CASE("handles of Linux's of another type, or with an authentication, have none") {
  CHECK(key_of(knfsd(8, 24, 8)).kind() == FileSystemKeyKind::none);
  CHECK(key_of(knfsd(255, 24, 8)).kind() == FileSystemKeyKind::none);
  Bytes other = knfsd(1, 4, 8);
  other[1] = std::byte{1};
  CHECK(key_of(other).kind() == FileSystemKeyKind::none);
}

TEST_CASE("of Ganesha's handles, the Export_Id is the key, whatever its flags") {
  const FileSystemKey key = key_of(bytes({0x43, 0, 1, 2, 0x12, 9, 9}));
  CHECK(key == FileSystemKey(FileSystemKeyKind::ganesha, 0, bytes({1, 2})));
  CHECK(key == key_of(bytes({0x43, 7, 1, 2})));
  CHECK(key != key_of(bytes({0x43, 0, 2, 1})));
}

TEST_CASE("handles that are empty, too short, or of nobody known have none") {
  for (const Bytes& handle : {bytes({}), bytes({0x43}), bytes({0x43, 0, 1}), bytes({1, 0, 0}),
                              bytes({0, 0, 0, 0}), bytes({2, 0, 1, 1, 1, 2, 3, 4})}) {
    CHECK(key_of(handle).kind() == FileSystemKeyKind::none);
  }
}

TEST_CASE("a range of bytes is the key of any handle that is long enough") {
  const Bytes handle = bytes({9, 8, 7, 6, 5});
  CHECK(key_of(handle, {1, 2}) == FileSystemKey(FileSystemKeyKind::bytes, 0, bytes({8, 7})));
  CHECK(key_of(handle, {4, 1}) == FileSystemKey(FileSystemKeyKind::bytes, 0, bytes({5})));
  CHECK(key_of(handle, {4, 2}).kind() == FileSystemKeyKind::none);
  CHECK(key_of(Bytes(64), {40, 24}).bytes().size() == 24);
}

}  // namespace encluster::nfs
