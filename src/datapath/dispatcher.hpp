// Where a worker's packets go to: the verdict, carried out.
#pragma once

#include <span>
#include <vector>

#include "datapath/local_path.hpp"
#include "datapath/ports.hpp"
#include "datapath/transmit_buffer.hpp"
#include "encluster/packet.hpp"
#include "switching/counters.hpp"

namespace encluster::datapath {

/// Private to one worker.
class Dispatcher {
 public:
  Dispatcher(WorkerId worker, const Ports& ports, LocalPath& local, switching::Counters& counters);

  /// Sends, hands to the kernel, or frees every packet of the burst, except those that the pipeline
  /// holds. @pre every packet has a final verdict.
  void dispatch(std::span<Packet> burst) noexcept;

  /// Lets go of what dispatch() has collected for devices and kernel.
  void flush() noexcept;

 private:
  void dispatch(Packet& packet) noexcept;
  void transmit(Packet& packet) noexcept;
  void to_kernel(Packet& packet) noexcept;
  void discard(Packet& packet, DropReason reason) noexcept;
  void count(DropReason reason) noexcept;
  [[nodiscard]] TransmitBuffer& transmit_buffer(Egress egress) noexcept;

  LocalPath& local_;
  switching::Counters& counters_;
  std::vector<TransmitBuffer> networks_;  ///< index: NetworkIndex
  TransmitBuffer interconnect_;
};

}  // namespace encluster::datapath
