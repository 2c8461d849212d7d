#include "onc_rpc/call.hpp"

#include <catch2/catch.hpp>

#include "support/rpc.hpp"

namespace encluster::onc_rpc {
namespace {

using test::Bytes;
using test::kXid;
using test::Xdr;

/// A call with credentials and a verifier of so many bytes, and eight bytes of arguments.
Bytes call_with(std::uint32_t credentials, std::uint32_t verifier) {
  Xdr xdr;
  for (const std::uint32_t word : {kXid, 0U, 2U, 100003U, 3U, 6U, 1U}) xdr.number(word);
  xdr.variable(Bytes(credentials, std::byte{0xaa})).number(99);
  xdr.variable(Bytes(verifier, std::byte{0xbb})).number(11).number(12);
  return xdr.bytes();
}

}  // namespace

TEST_CASE("the header is read, authentication of any flavour is passed over") {
  for (const std::uint32_t credentials : {0U, 1U, 4U, 57U, 400U}) {
    for (const std::uint32_t verifier : {0U, 3U, 400U}) {
      const Bytes bytes = call_with(credentials, verifier);
      Call call;
      REQUIRE(read_call(bytes, call));
      CHECK(call.xid == kXid);
      CHECK(call.rpc_version == 2);
      CHECK(call.program == 100003);
      CHECK(call.version == 3);
      CHECK(call.procedure == 6);
      CHECK(call.arguments.size() == 8);
      CHECK(call.arguments.data() == bytes.data() + bytes.size() - 8);
    }
  }
}

TEST_CASE("an authentication of more than 400 bytes is refused") {
  Call call;
  CHECK_FALSE(read_call(call_with(401, 0), call));
  CHECK_FALSE(read_call(call_with(0, 401), call));
}

TEST_CASE("a header that ends too soon is refused, wherever it ends") {
  const Bytes bytes = call_with(5, 7);
  const std::size_t header = bytes.size() - 8;
  for (std::size_t size = 0; size < header; ++size) {
    Call call;
    // A copy: a sanitizer sees the first byte that is read behind it.
    CHECK_FALSE(read_call(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size)), call));
  }
  Call call;
  CHECK(read_call(std::span(bytes).first(header), call));
  CHECK(call.arguments.empty());
}

TEST_CASE("lengths near the end of their type are refused") {
  for (const std::uint32_t length :
       {0x7fffffffU, 0x80000000U, 0xfffffff8U, 0xfffffffdU, 0xffffffffU}) {
    Xdr xdr;
    for (const std::uint32_t word : {kXid, 0U, 2U, 100003U, 3U, 6U, 1U, length, 0U, 0U, 0U, 0U}) {
      xdr.number(word);
    }
    Call call;
    CHECK_FALSE(read_call(xdr.bytes(), call));
  }
}

TEST_CASE("a reply is no call") {
  Bytes bytes = call_with(0, 0);
  bytes[7] = std::byte{1};
  Call call;
  CHECK_FALSE(read_call(bytes, call));
}

TEST_CASE("of another version of RPC, only that is told") {
  Bytes bytes = call_with(0, 0);
  bytes[11] = std::byte{3};
  bytes.resize(24);
  Call call;
  REQUIRE(read_call(bytes, call));
  CHECK(call.xid == kXid);
  CHECK(call.rpc_version == 3);
}

}  // namespace encluster::onc_rpc
