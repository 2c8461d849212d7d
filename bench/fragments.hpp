// UDP datagrams in three fragments.
#pragma once

#include <cstdint>

#include "traffic.hpp"

namespace encluster::bench {

/// Each datagram's first, middle and last fragment in this order, one datagram after another from
/// batch to batch.
class Fragments : public Traffic {
 public:
  using Traffic::Traffic;
  void renew(Batch& batch, std::size_t index, std::mt19937& random) override;
  [[nodiscard]] std::optional<std::string> fault(const Packet& packet,
                                                 std::size_t index) const override;

  struct Fragment {
    Message message;
    std::uint16_t identification = 0;
    std::uint16_t part = 0;
  };

 private:
  Fragment next_;
  std::array<Fragment, kBatch> fragments_;
};

}  // namespace encluster::bench
