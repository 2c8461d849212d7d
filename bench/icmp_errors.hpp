// Remotes that report a message as undeliverable.
#pragma once

#include "traffic.hpp"

namespace encluster::bench {

/// Port unreachable and fragmentation needed by turns, each about the segment that a message of the
/// kind would answer. @pre the kind is inbound
class IcmpErrors : public Traffic {
 public:
  using Traffic::Traffic;
  void renew(Batch& batch, std::size_t index, std::mt19937& random) override;
  [[nodiscard]] std::optional<std::string> fault(const Packet& packet,
                                                 std::size_t index) const override;

 private:
  std::array<Message, kBatch> answers_;
};

}  // namespace encluster::bench
