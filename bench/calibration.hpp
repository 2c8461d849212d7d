// Loops to compare with. They share no code with the gateway, so that a ratio to them changes only
// when the gateway does, and carries over from machine to machine better than nanoseconds.
#pragma once

#include "workload.hpp"

namespace encluster::bench {

/// Swaps the MAC addresses: the least that forwarding a frame can cost.
class MacSwap : public Workload {
 public:
  [[nodiscard]] std::string name() const override { return "calibration: macswap"; }
  void prepare(Batch& batch) override;
  void run(std::span<Packet> burst) noexcept override;
  [[nodiscard]] std::optional<std::string> fault(const Batch& batch) const override;
};

/// Finds the headers, swaps the MAC addresses and computes both checksums anew in software: what a
/// plain forwarder does to a packet.
class ParseAndChecksum : public Workload {
 public:
  [[nodiscard]] std::string name() const override { return "calibration: parse+checksum"; }
  void prepare(Batch& batch) override;
  void run(std::span<Packet> burst) noexcept override;
  [[nodiscard]] std::optional<std::string> fault(const Batch& batch) const override;
};

}  // namespace encluster::bench
