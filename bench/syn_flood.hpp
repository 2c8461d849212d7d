// More SYNs than the table has room for.
#pragma once

#include <cstdint>

#include "gateway.hpp"
#include "workload.hpp"

namespace encluster::bench {

/// SYNs, each of another client and a million in a second of the gateway's clock, that find the
/// table of unfinished handshakes full.
class SynFlood : public Workload {
 public:
  /// @param passes whether the gateway lets them through; otherwise it has to drop nearly all
  SynFlood(Gateway& gateway, std::string name, bool passes)
      : gateway_(gateway), name_(std::move(name)), passes_(passes) {}
  [[nodiscard]] std::string name() const override { return name_; }
  void prepare(Batch& batch) override;
  void run(std::span<Packet> burst) noexcept override {
    gateway_.pipeline().from_network(burst, gateway_.snapshot(), Gateway::kNow + next_ / 1'000'000);
  }
  [[nodiscard]] std::optional<std::string> fault(const Batch& batch) const override;

 private:
  [[nodiscard]] bool is_as_expected(const Packet& packet) const;

  Gateway& gateway_;
  std::string name_;
  bool passes_;
  std::uint32_t next_ = 0;
};

}  // namespace encluster::bench
