#include "ring_device.hpp"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "test_eal.hpp"

namespace encluster::datapath {

RingDevice::RingDevice(const std::string& name)
    : ring_(rte_ring_lookup(("ETH_RXTX0_" + name).c_str())) {
  REQUIRE(ring_ != nullptr);
}

void RingDevice::feed(const Frame& frame) {
  rte_mbuf* const buffer = rte_pktmbuf_alloc(&test_pool().mempool());
  REQUIRE(buffer != nullptr);
  char* const bytes = rte_pktmbuf_append(buffer, static_cast<std::uint16_t>(frame.size()));
  REQUIRE(bytes != nullptr);
  std::copy(frame.begin(), frame.end(), reinterpret_cast<std::byte*>(bytes));
  REQUIRE(rte_ring_enqueue(ring_, buffer) == 0);
}

std::optional<Frame> RingDevice::sent() {
  void* item = nullptr;
  if (rte_ring_dequeue(ring_, &item) != 0) return std::nullopt;
  auto* const buffer = static_cast<rte_mbuf*>(item);
  CHECK(buffer->nb_segs == 1);
  CHECK(buffer->data_len == buffer->pkt_len);
  const auto* const bytes = rte_pktmbuf_mtod(buffer, const std::byte*);
  Frame frame(bytes, bytes + buffer->data_len);
  rte_pktmbuf_free(buffer);
  return frame;
}

}  // namespace encluster::datapath
