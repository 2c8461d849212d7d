#include "mount_responder/question.hpp"

#include <catch2/catch.hpp>

#include "support/rpc.hpp"

namespace encluster::mount_responder {
namespace {

using test::rpc_call;
using test::rpc_reply;
using test::Xdr;

constexpr std::uint32_t kProgram = 100005;

Question ask(std::uint32_t version, std::uint32_t procedure) {
  return read_question(rpc_call(kProgram, version, procedure).bytes());
}

bool settled_by(const Question& question, const Xdr& reply) {
  return question.asked == Asked::settled && question.reply == reply.bytes();
}

}  // namespace

TEST_CASE("NULL is answered, EXPORT and DUMP want a list, in every version") {
  for (const std::uint32_t version : {1U, 2U, 3U}) {
    CHECK(settled_by(ask(version, 0), rpc_reply(0)));
    CHECK(ask(version, 5).asked == Asked::exports);
    CHECK(ask(version, 2).asked == Asked::mounts);
    CHECK(ask(version, 2).xid == test::kXid);
  }
  CHECK(ask(1, 6).asked == Asked::exports);
  CHECK(ask(2, 6).asked == Asked::exports);
}

TEST_CASE("what the data path answers is no procedure of the responder's") {
  for (const std::uint32_t procedure : {1U, 3U, 4U, 6U, 7U, 0xffffffffU}) {
    CHECK(settled_by(ask(3, procedure), rpc_reply(3)));
  }
  CHECK(settled_by(ask(2, 7), rpc_reply(3)));
}

TEST_CASE("other programs and versions are answered so") {
  CHECK(settled_by(read_question(rpc_call(100003, 3, 5).bytes()), rpc_reply(1)));
  const Xdr mismatch = rpc_reply(2).number(1).number(3);
  CHECK(settled_by(ask(0, 5), mismatch));
  CHECK(settled_by(ask(4, 5), mismatch));
  Xdr other;
  for (const std::uint32_t word : {7U, 0U, 3U, kProgram, 3U, 5U}) other.number(word);
  Xdr denied;
  for (const std::uint32_t word : {7U, 1U, 1U, 0U, 2U, 2U}) denied.number(word);
  CHECK(settled_by(read_question(other.bytes()), denied));
}

TEST_CASE("what is no call is nobody's") {
  CHECK(read_question({}).asked == Asked::nothing);
  CHECK(read_question(rpc_reply(0).bytes()).asked == Asked::nothing);
  const test::Bytes call = rpc_call(kProgram, 3, 5).bytes();
  for (std::size_t size = 0; size < call.size(); ++size) {
    CHECK(read_question(std::span(call).first(size)).asked == Asked::nothing);
  }
  Xdr lie;
  for (const std::uint32_t word : {7U, 0U, 2U, kProgram, 3U, 5U, 1U, 0xfffffffcU}) lie.number(word);
  CHECK(read_question(lie.bytes()).asked == Asked::nothing);
}

TEST_CASE("a list as long as a datagram is told whole, and a longer one not at all") {
  const Bytes longest(kMaxReply - 24, std::byte{1});
  CHECK(fits(longest));
  const Bytes reply = reply_with(test::kXid, longest);
  CHECK(reply.size() == kMaxReply);
  const test::Bytes header = rpc_reply(0).bytes();
  CHECK(std::equal(header.begin(), header.end(), reply.begin()));
  const Bytes longer(longest.size() + 1);
  CHECK_FALSE(fits(longer));
  CHECK(reply_with(test::kXid, longer) == rpc_reply(5).bytes());
}

}  // namespace encluster::mount_responder
