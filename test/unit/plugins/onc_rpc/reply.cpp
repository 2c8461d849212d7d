#include "onc_rpc/reply.hpp"

#include <catch2/catch.hpp>

#include "support/packet_builder.hpp"
#include "support/rpc.hpp"

namespace encluster::onc_rpc {
namespace {

using namespace encluster::test;

Bytes bytes_of(const ReplyWriter& reply) { return {reply.bytes().begin(), reply.bytes().end()}; }

PacketBuilder question() {
  return udp().from(Ipv4Address(198, 51, 100, 7), 800).to(Ipv4Address(192, 0, 2, 1), 2049);
}

}  // namespace

TEST_CASE("an accepted reply is its status and what follows") {
  ReplyWriter reply(kXid, AcceptStatus::success);
  reply.number(70);
  CHECK(bytes_of(reply) == rpc_reply(0).number(70).bytes());
  CHECK(bytes_of(ReplyWriter(kXid, AcceptStatus::procedure_unavailable)) == rpc_reply(3).bytes());
}

TEST_CASE("mismatches tell which versions there are") {
  CHECK(bytes_of(program_mismatch(kXid, 2, 3)) == rpc_reply(2).number(2).number(3).bytes());
  Xdr denied;
  for (const std::uint32_t word : {kXid, 1U, 1U, 0U, 2U, 2U}) denied.number(word);
  CHECK(bytes_of(version_denied(kXid)) == denied.bytes());
}

TEST_CASE("what does not fit is noticed, and nothing is written behind the end") {
  constexpr std::size_t kMost = 548;  // 576 without headers: RFC 1122, section 3.3.2
  ReplyWriter reply(kXid, AcceptStatus::success);
  reply.fixed(Bytes(kMost - 24));
  CHECK(reply.ok());
  CHECK(reply.bytes().size() == kMost);
  reply.number(1);
  CHECK_FALSE(reply.ok());
  CHECK(reply.bytes().size() == kMost);
}

TEST_CASE("a datagram becomes its answer") {
  Frame frame = question().payload("question").build(600);
  Packet packet = parsed(frame);
  RouteRequest request;
  request.packet = &packet;
  answer(request, ReplyWriter(kXid, AcceptStatus::success), DropReason::not_exported);
  CHECK(request.verdict == Verdict::answer);
  CHECK(request.reason == DropReason::not_exported);
  CHECK(checksums_ok(packet));
  CHECK(describe(packet) == "192.0.2.1:2049 > 198.51.100.7:800 UDP len 24");
}

TEST_CASE("what must not be answered is dropped: damaged, without room, from nowhere") {
  const auto verdict_of = [](const PacketBuilder& builder, std::size_t room) {
    Frame frame = builder.build(room);
    const Frame before = frame;
    Packet packet = parsed(frame);
    RouteRequest request;
    request.packet = &packet;
    answer(request, ReplyWriter(kXid, AcceptStatus::success));
    CHECK(frame == before);
    CHECK(request.reason == DropReason::routing_function);
    return request.verdict;
  };
  CHECK(verdict_of(question().payload("question").corrupt_checksum(), 600) == Verdict::drop);
  CHECK(verdict_of(question(), 23) == Verdict::drop);
  CHECK(verdict_of(question().from(Ipv4Address(198, 51, 100, 7), 0), 600) == Verdict::drop);
  CHECK(verdict_of(question().from(Ipv4Address(224, 0, 0, 1), 800), 600) == Verdict::drop);
}

TEST_CASE("a datagram without a checksum is answered") {
  Frame frame = question().payload("question").no_udp_checksum().build(600);
  Packet packet = parsed(frame);
  RouteRequest request;
  request.packet = &packet;
  answer(request, ReplyWriter(kXid, AcceptStatus::success));
  CHECK(request.verdict == Verdict::answer);
  CHECK(checksums_ok(packet));
}

}  // namespace encluster::onc_rpc
