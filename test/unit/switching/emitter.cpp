#include "switching/emitter.hpp"

#include <catch2/catch.hpp>
#include <memory>

#include "support/heap_pool.hpp"
#include "support/packet_builder.hpp"

using namespace encluster;
using namespace encluster::switching;
using namespace encluster::test;

namespace {

constexpr net::BareSegment kSegment{.source_mac = {},
                                    .destination_mac = {},
                                    .source = Ipv4Address(192, 0, 2, 101),
                                    .destination = Ipv4Address(10, 77, 0, 11),
                                    .source_port = PortNumber(std::uint16_t{1023}),
                                    .destination_port = PortNumber(std::uint16_t{513}),
                                    .sequence = 7,
                                    .flags = tcp_flag::ack};

}  // namespace

TEST_CASE("an emitted segment is complete but for its MAC addresses") {
  HeapPool pool;
  Emitter emitter(pool);
  const Packet* packet = emitter.segment(kSegment);
  REQUIRE(packet != nullptr);
  CHECK(packet->verdict == Verdict::pending);
  CHECK(describe(*packet) == "192.0.2.101:1023 > 10.77.0.11:513 TCP A seq 7 ack 0");
  CHECK(checksums_ok(*packet));
  REQUIRE(emitter.packets().size() == 1);
  CHECK(&emitter.packets()[0] == packet);
}

TEST_CASE("a copy has the same bytes in a buffer of its own") {
  HeapPool pool;
  Emitter emitter(pool);
  Frame frame = udp().from(kSegment.source, 1).to(kSegment.destination, 2).payload("x").build();
  Packet packet = parsed(frame);
  packet.node = NodeId(3);
  Packet* copy = emitter.copy_of(packet, 1);
  REQUIRE(copy != nullptr);
  CHECK(copy->frame != packet.frame);
  CHECK(copy->handle != packet.handle);
  CHECK(copy->node == NodeId(3));
  CHECK(describe(*copy) == describe(packet));
}

TEST_CASE("without a buffer nothing is emitted") {
  HeapPool pool(0);
  Emitter emitter(pool);
  CHECK(emitter.segment(kSegment) == nullptr);
  CHECK(emitter.packets().empty());
  CHECK(emitter.room() == Emitter::kCapacity);
}

TEST_CASE("an emitter is bounded, and takes no buffer that it has no place for") {
  HeapPool pool;
  Emitter emitter(pool);
  for (std::size_t i = 0; i < Emitter::kCapacity; ++i)
    REQUIRE(emitter.segment(kSegment) != nullptr);
  CHECK(emitter.room() == 0);
  CHECK(emitter.segment(kSegment) == nullptr);
  CHECK(pool.taken() == Emitter::kCapacity);
  emitter.clear();
  CHECK(emitter.room() == Emitter::kCapacity);
  CHECK(emitter.segment(kSegment) != nullptr);
}

TEST_CASE("pieces are as their packet, in buffers of their own") {
  HeapPool pool;
  Emitter emitter(pool);
  Frame frame = udp().from(kSegment.source, 1).to(kSegment.destination, 2).build();
  const Packet packet = parsed(frame);
  const std::span<Packet> pieces = emitter.pieces_of(packet, 3, 30);
  REQUIRE(pieces.size() == 3);
  for (const Packet& piece : pieces) {
    CHECK(piece.verdict == Verdict::pending);
    CHECK(piece.frame != packet.frame);
    CHECK(piece.capacity == 30);
    CHECK(piece.source == packet.source);
  }
  CHECK(emitter.packets().size() == 3);
}

TEST_CASE("there are all pieces or none, and what had been taken for them is given back") {
  HeapPool pool(2);
  Emitter emitter(pool);
  Frame frame = udp().from(kSegment.source, 1).to(kSegment.destination, 2).build();
  CHECK(emitter.pieces_of(parsed(frame), 3, 30).empty());
  REQUIRE(emitter.packets().size() == 2);
  for (const Packet& piece : emitter.packets()) {
    CHECK(piece.verdict == Verdict::drop);
    CHECK(piece.reason == DropReason::no_buffer);
    CHECK(piece.length <= piece.capacity);
  }
  emitter.clear();
  CHECK(emitter.pieces_of(parsed(frame), Emitter::kCapacity + 1, 30).empty());
  CHECK(emitter.packets().empty());
}

TEST_CASE("copies are limited to a thousand in a second") {
  HeapPool pool;
  Emitter emitter(pool);
  Frame frame = udp().from(kSegment.source, 1).to(kSegment.destination, 2).build();
  const Packet packet = parsed(frame);
  const auto copies = [&](Seconds now) {
    std::uint32_t made = 0;
    for (std::uint32_t i = 0; i < 2 * Emitter::kCopiesPerSecond; ++i) {
      if (emitter.copy_of(packet, now) != nullptr) ++made;
      emitter.clear();
    }
    return made;
  };
  CHECK(copies(5) == Emitter::kCopiesPerSecond);
  CHECK(copies(5) == 0);
  CHECK(copies(6) == Emitter::kCopiesPerSecond);
}
