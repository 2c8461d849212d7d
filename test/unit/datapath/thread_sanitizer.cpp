#include "thread_sanitizer.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)

#include <rte_ethdev.h>
#include <rte_mempool.h>
#include <sanitizer/tsan_interface.h>

#include "datapath/mbuf_pool.hpp"

namespace encluster::datapath {

namespace {

/// DPDK's own operations of the pool.
rte_mempool_ops original;

int enqueue(rte_mempool* pool, void* const* buffers, unsigned count) {
  for (unsigned i = 0; i < count; ++i) released(buffers[i]);
  return original.enqueue(pool, buffers, count);
}

int dequeue(rte_mempool* pool, void** buffers, unsigned count) {
  const int failed = original.dequeue(pool, buffers, count);
  for (unsigned i = 0; failed == 0 && i < count; ++i) acquired(buffers[i]);
  return failed;
}

std::uint16_t after_receive(std::uint16_t, std::uint16_t, rte_mbuf** buffers, std::uint16_t count,
                            std::uint16_t, void*) {
  for (std::uint16_t i = 0; i < count; ++i) acquired(buffers[i]);
  return count;
}

std::uint16_t before_send(std::uint16_t, std::uint16_t, rte_mbuf** buffers, std::uint16_t count,
                          void*) {
  for (std::uint16_t i = 0; i < count; ++i) released(buffers[i]);
  return count;
}

}  // namespace

void released(void* buffer) noexcept { __tsan_release(buffer); }
void acquired(void* buffer) noexcept { __tsan_acquire(buffer); }

void explain_pool(MbufPool& pool) {
  rte_mempool_ops& operations = *rte_mempool_get_ops(pool.mempool().ops_index);
  if (operations.enqueue == enqueue) return;
  original = operations;
  operations.enqueue = enqueue;
  operations.dequeue = dequeue;
}

void explain_device(std::uint16_t port, std::uint16_t receive_queues, std::uint16_t send_queues) {
  for (std::uint16_t queue = 0; queue < receive_queues; ++queue) {
    rte_eth_add_rx_callback(port, queue, after_receive, nullptr);
  }
  for (std::uint16_t queue = 0; queue < send_queues; ++queue) {
    rte_eth_add_tx_callback(port, queue, before_send, nullptr);
  }
}

}  // namespace encluster::datapath

#else

namespace encluster::datapath {

void released(void*) noexcept {}
void acquired(void*) noexcept {}
void explain_pool(MbufPool&) {}
void explain_device(std::uint16_t, std::uint16_t, std::uint16_t) {}

}  // namespace encluster::datapath

#endif
