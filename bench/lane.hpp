// One of several workers, without its devices: a pipeline, and traffic of the remotes it owns.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <vector>

#include "encluster/packet.hpp"
#include "gateway.hpp"
#include "switching/counters.hpp"
#include "switching/pipeline.hpp"
#include "switching/snapshot.hpp"
#include "workload.hpp"

namespace encluster::bench {

/// Used by one thread at a time.
class Lane {
 public:
  /// Inserts those of the logins whose remotes this worker owns.
  /// @param snapshot outlives the lane
  /// @throws std::runtime_error if one does not fit
  Lane(WorkerId worker, std::size_t workers, std::uint32_t logins,
       const switching::Snapshot& snapshot, std::pmr::memory_resource* memory);

  /// Lets the pipeline forward one burst from outside, and the next time one from inside.
  /// @return how many packets were forwarded: all of them
  std::size_t run() noexcept;

 private:
  /// A frame as received, and the packet over it.
  struct alignas(64) Received {
    std::array<std::byte, 64> bytes{};
    Origin origin = Origin::network;
  };
  static constexpr std::size_t kBursts = 128;  ///< then all begins anew; of each side half

  void make_traffic(const std::vector<std::uint32_t>& numbers);

  const switching::Snapshot& snapshot_;
  NoBuffers pool_;
  LastAnswer answers_;
  switching::Counters counters_;
  std::unique_ptr<switching::Pipeline> pipeline_;
  std::vector<Received> traffic_;
  std::array<Received, kBurst> frames_;
  std::array<Packet, kBurst> packets_;
  std::size_t next_ = 0;
};

}  // namespace encluster::bench
