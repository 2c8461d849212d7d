// Workloads of traffic, of one kind or mixed.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gateway.hpp"
#include "traffic.hpp"
#include "workload.hpp"

namespace encluster::bench {

/// Traffic in random order, of which every packet is checked. A burst comes from one side, as a
/// worker receives it.
class Path : public Workload {
 public:
  struct Share {
    std::unique_ptr<Traffic> traffic;
    std::size_t packets;  ///< of the kBatch
  };

  /// @param gateway that of the traffic; outlives the path
  Path(Gateway& gateway, std::string name, std::unique_ptr<Traffic> traffic);
  /// @throws std::logic_error unless the shares are a batch, and those of each side whole bursts
  Path(Gateway& gateway, std::string name, std::vector<Share> shares);

  [[nodiscard]] std::string name() const override { return name_; }
  void prepare(Batch& batch) override;
  void run(std::span<Packet> burst) noexcept override;
  [[nodiscard]] std::optional<std::string> fault(const Batch& batch) const override;

 private:
  Gateway& gateway_;
  std::string name_;
  std::mt19937 random_;  ///< each path's own, so that none finds in the cache what another drew
  std::vector<std::unique_ptr<Traffic>> traffic_;
  std::vector<Traffic*> outside_;  ///< of each packet from a network, whose it is
  std::vector<Traffic*> inside_;   ///< of each from the interconnect
  std::vector<Origin> bursts_;
  std::array<const Traffic*, kBatch> renewed_by_{};
};

}  // namespace encluster::bench
