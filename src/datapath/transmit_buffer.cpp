#include "datapath/transmit_buffer.hpp"

#include <rte_mbuf.h>

#include <span>

#include "datapath/vlan.hpp"

namespace encluster::datapath {

void TransmitBuffer::add(rte_mbuf& buffer) noexcept {
  if (port_.vlan() != kUntagged && !put_tag_on(buffer, port_.vlan())) return lose(buffer);
  buffers_[count_++] = &buffer;
  bytes_ += buffer.pkt_len;
  if (count_ == buffers_.size()) send();
}

void TransmitBuffer::send() noexcept {
  const std::span<rte_mbuf*> frames = std::span(buffers_).first(count_);
  const std::uint16_t taken = port_.send(queue_, frames);
  for (rte_mbuf* refused : frames.subspan(taken)) {
    bytes_ -= refused->pkt_len;
    lose(*refused);
  }
  sent_.packets.add(taken);
  sent_.bytes.add(bytes_);
  count_ = 0;
  bytes_ = 0;
}

void TransmitBuffer::lose(rte_mbuf& buffer) noexcept {
  lost_.add();
  rte_pktmbuf_free(&buffer);
}

}  // namespace encluster::datapath
