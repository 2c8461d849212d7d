#include "datapath/transmit_buffer.hpp"

#include <rte_mbuf.h>

#include <span>

namespace encluster::datapath {

void TransmitBuffer::add(rte_mbuf& buffer) noexcept {
  buffers_[count_++] = &buffer;
  bytes_ += buffer.pkt_len;
  if (count_ == buffers_.size()) send();
}

void TransmitBuffer::send() noexcept {
  const std::span<rte_mbuf*> frames = std::span(buffers_).first(count_);
  const std::uint16_t taken = port_.send(queue_, frames);
  for (rte_mbuf* refused : frames.subspan(taken)) {
    bytes_ -= refused->pkt_len;
    lost_.add();
    rte_pktmbuf_free(refused);
  }
  sent_.packets.add(taken);
  sent_.bytes.add(bytes_);
  count_ = 0;
  bytes_ = 0;
}

}  // namespace encluster::datapath
