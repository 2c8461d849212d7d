// The buffers that packets live in, from the device that receives them to the one that sends them.
#pragma once

#include <cstdint>

#include "switching/packet_pool.hpp"

struct rte_mempool;

namespace encluster::datapath {

/// How buffers lie in memory: spread over the channels of the memory, or each in a page of its own.
/// The latter is for af_xdp, which takes the pool for as many bytes as its buffers are together:
/// what lies behind gaps it would never get back from the kernel.
enum class BufferLayout : std::uint8_t { spread, pages };

/// Every packet buffer of the process. A buffer holds a whole frame at the MTU, so that packets are
/// never chained. Used by worker threads and by threads known to DPDK; outlives the devices.
class MbufPool final : public switching::PacketPool {
 public:
  /// Free buffers that each thread keeps at hand; at times half as many again.
  static constexpr unsigned kCache = 256;

  /// @param buffers how many
  /// @param mtu the largest of all devices, in bytes of IP
  /// @throws DatapathError if there is no room; with BufferLayout::pages also where a page is too
  /// small for a frame
  MbufPool(std::uint32_t buffers, std::uint16_t mtu, BufferLayout layout = BufferLayout::spread);
  MbufPool(const MbufPool&) = delete;
  MbufPool& operator=(const MbufPool&) = delete;
  ~MbufPool() override;

  [[nodiscard]] bool allocate(Packet& packet, std::uint16_t bytes) noexcept override;

  /// Buffers that are neither free nor in a thread's cache of free ones. Any thread; approximate
  /// while packets flow, and a scan: not for the packets' way.
  [[nodiscard]] std::uint32_t in_use() const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept;

  [[nodiscard]] rte_mempool& mempool() noexcept { return *mempool_; }

 private:
  rte_mempool* mempool_;
};

}  // namespace encluster::datapath
