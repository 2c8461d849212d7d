#include "datapath/mbuf_pool.hpp"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <string>

#include "datapath/error.hpp"
#include "datapath/frame_room.hpp"

namespace encluster::datapath {

namespace {

/// Workers share the pool with the TAP pump, which the kernel may stop at any point. With this ring
/// a thread that was stopped half-way keeps no other waiting (DPDK's guide on rings, "RTS").
constexpr const char* kOperations = "ring_mt_rts";

constexpr std::uint16_t data_room(std::uint16_t mtu) {
  return static_cast<std::uint16_t>(RTE_PKTMBUF_HEADROOM + frame_room(mtu));
}

}  // namespace

MbufPool::MbufPool(std::uint32_t buffers, std::uint16_t mtu)
    : mempool_(rte_pktmbuf_pool_create_by_ops("packets", buffers, kCache, 0, data_room(mtu),
                                              static_cast<int>(rte_socket_id()), kOperations)) {
  if (mempool_ == nullptr) {
    fail("no room for " + std::to_string(buffers) + " packet buffers of " +
             std::to_string(data_room(mtu)) + " bytes",
         rte_errno, "raise memory.megabytes");
  }
}

MbufPool::~MbufPool() { rte_mempool_free(mempool_); }

bool MbufPool::allocate(Packet& packet, std::uint16_t bytes) noexcept {
  rte_mbuf* const buffer = rte_pktmbuf_alloc(mempool_);
  if (buffer == nullptr) return false;
  packet.capacity = rte_pktmbuf_tailroom(buffer);
  if (packet.capacity < bytes) {
    rte_pktmbuf_free(buffer);
    return false;
  }
  packet.frame = rte_pktmbuf_mtod(buffer, std::byte*);
  packet.handle = buffer;
  return true;
}

std::uint32_t MbufPool::in_use() const noexcept { return rte_mempool_in_use_count(mempool_); }

std::uint32_t MbufPool::size() const noexcept { return mempool_->size; }

}  // namespace encluster::datapath
