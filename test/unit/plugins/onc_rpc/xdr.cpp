#include "onc_rpc/xdr.hpp"

#include <catch2/catch.hpp>

#include "support/rpc.hpp"

namespace encluster::onc_rpc {
namespace {

using test::Bytes;
using test::Xdr;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("numbers, strings and opaque data are read in turn") {
  const Bytes bytes = Xdr().number(7).variable("abcde").number(8).bytes();
  XdrReader reader(bytes);
  CHECK(reader.number() == 7);
  CHECK(text_of(reader.variable(255)) == "abcde");
  CHECK(reader.number() == 8);
  CHECK(reader.ok());
  CHECK(reader.rest().empty());
}

TEST_CASE("padding is passed over, whatever it holds, and must be there") {
  Bytes bytes = Xdr().variable("abcde").bytes();
  for (std::size_t i = bytes.size() - 3; i < bytes.size(); ++i) bytes[i] = std::byte{0xff};
  XdrReader whole(bytes);
  CHECK(text_of(whole.variable(255)) == "abcde");
  CHECK(whole.rest().empty());
  bytes.pop_back();
  XdrReader cut(bytes);
  CHECK(cut.variable(255).empty());
  CHECK_FALSE(cut.ok());
}

TEST_CASE("a length that lies reads as nothing, and so does all that follows") {
  for (const std::uint32_t length : {5U, 6U, 0x7fffffffU, 0xfffffffcU, 0xfffffffdU, 0xffffffffU}) {
    const Bytes bytes = Xdr().number(length).number(1).number(2).bytes();
    XdrReader reader(bytes);
    CHECK(reader.variable(4).empty());
    CHECK(reader.number() == 0);
    CHECK_FALSE(reader.ok());
  }
  for (const std::uint32_t length : {9U, 0xfffffffdU, 0xffffffffU}) {
    const Bytes bytes = Xdr().number(length).number(1).number(2).bytes();
    XdrReader reader(bytes);
    CHECK(reader.variable(0xffffffff).empty());
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("opaque data of a known length may be empty") {
  XdrReader reader({});
  CHECK(reader.fixed(0).empty());
  CHECK(reader.ok());
  CHECK(reader.fixed(1).empty());
  CHECK_FALSE(reader.ok());
}

}  // namespace encluster::onc_rpc
