#include "datapath/mbuf_pool.hpp"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <unistd.h>

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

rte_mempool* spread_buffers(std::uint32_t buffers, std::uint16_t room) {
  return rte_pktmbuf_pool_create_by_ops("packets", buffers, MbufPool::kCache, 0, room,
                                        static_cast<int>(rte_socket_id()), kOperations);
}

/// Bytes of an element with which the pool's object, its header included, is as large as a page.
unsigned element_of_a_page() {
  rte_mempool_objsz size{};
  rte_mempool_calc_obj_size(sizeof(rte_mbuf), RTE_MEMPOOL_F_NO_SPREAD, &size);
  const auto page = static_cast<unsigned>(sysconf(_SC_PAGESIZE));
  return page - size.header_size - size.trailer_size;
}

/// The same as rte_pktmbuf_pool_create(), with a page for each buffer.
rte_mempool* buffers_of_pages(std::uint32_t buffers, std::uint16_t room) {
  const unsigned element = element_of_a_page();
  if (sizeof(rte_mbuf) + room > element) {
    fail("a page of memory is too small for a packet buffer of " + std::to_string(room) + " bytes",
         EINVAL, "use no MTU above 2980 beside an af_xdp device");
  }
  rte_mempool* pool = rte_mempool_create_empty(
      "packet-pages", buffers, element, MbufPool::kCache, sizeof(rte_pktmbuf_pool_private),
      static_cast<int>(rte_socket_id()), RTE_MEMPOOL_F_NO_SPREAD);
  if (pool == nullptr) return nullptr;
  rte_pktmbuf_pool_init(pool, nullptr);
  if (rte_mempool_set_ops_byname(pool, kOperations, nullptr) != 0 ||
      rte_mempool_populate_default(pool) < 0) {
    rte_mempool_free(pool);
    return nullptr;
  }
  rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
  return pool;
}

}  // namespace

MbufPool::MbufPool(std::uint32_t buffers, std::uint16_t mtu, BufferLayout layout)
    : mempool_(layout == BufferLayout::pages ? buffers_of_pages(buffers, data_room(mtu))
                                             : spread_buffers(buffers, data_room(mtu))) {
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
