#include "ring_device.hpp"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "test_eal.hpp"
#include "thread_sanitizer.hpp"

namespace encluster::datapath {

rte_mbuf* make_buffer(std::span<const std::byte> bytes) {
  rte_mbuf* const buffer = rte_pktmbuf_alloc(&test_pool().mempool());
  REQUIRE(buffer != nullptr);
  char* const room = rte_pktmbuf_append(buffer, static_cast<std::uint16_t>(bytes.size()));
  REQUIRE(room != nullptr);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(room));
  return buffer;
}

RingDevice::RingDevice(const std::string& name, unsigned queue)
    : ring_(rte_ring_lookup(("ETH_RXTX" + std::to_string(queue) + "_" + name).c_str())) {
  REQUIRE(ring_ != nullptr);
}

RingDevice::~RingDevice() {
  for (void* item = nullptr; rte_ring_dequeue(ring_, &item) == 0;) {
    rte_pktmbuf_free(static_cast<rte_mbuf*>(item));
  }
}

void RingDevice::feed(std::span<const std::byte> frame) {
  rte_mbuf* const buffer = make_buffer(frame);
  released(buffer);
  REQUIRE(rte_ring_enqueue(ring_, buffer) == 0);
}

std::optional<Bytes> RingDevice::sent() {
  void* item = nullptr;
  if (rte_ring_dequeue(ring_, &item) != 0) return std::nullopt;
  auto* const buffer = static_cast<rte_mbuf*>(item);
  acquired(buffer);
  CHECK(buffer->nb_segs == 1);
  CHECK(buffer->data_len == buffer->pkt_len);
  const auto* const bytes = rte_pktmbuf_mtod(buffer, const std::byte*);
  Bytes frame(bytes, bytes + buffer->data_len);
  rte_pktmbuf_free(buffer);
  return frame;
}

}  // namespace encluster::datapath
