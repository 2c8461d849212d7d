// The gateway's pipeline over captured frames, on the captured clock.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "replay/capture.hpp"
#include "replay/decision.hpp"
#include "replay/survey.hpp"
#include "switching/compile_snapshot.hpp"
#include "switching/counters.hpp"
#include "switching/pipeline.hpp"

namespace encluster::replay {

/// The cluster as enclusterd would have it: MAC addresses and neighbours from the capture, routes
/// to the networks and by their gateways. Every node is up.
[[nodiscard]] switching::ClusterState cluster_for(const control::Configuration& configuration,
                                                  const Survey& survey);

/// Feeds frames one by one to the pipelines of as many workers as the gateway had: each takes turns
/// among nodes for itself. Not thread-safe.
class Replayer {
 public:
  /// @throws switching::CompileError
  Replayer(const switching::ClusterState& state, const switching::PipelineLimits& limits,
           std::size_t workers, const switching::PluginRegistry& plugins);
  ~Replayer();
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  /// Lets the time pass until then, and returns what was decided meanwhile: packets that waited,
  /// connections that were asked about. Time does not run backwards.
  std::vector<Decision> pass_until(std::uint64_t nanoseconds);

  /// A frame that reached the gateway on a side. The last decision is the frame's own, unless it
  /// waits; before it come copies and pieces. @pre at most kMaxFrame bytes
  std::vector<Decision> receive(std::uint64_t number, const CapturedFrame& frame, Side side);

  /// A frame that the gateway's own kernel sent. @pre the same
  std::vector<Decision> from_kernel(std::uint64_t number, const CapturedFrame& frame, Side side);

 private:
  /// A frame on its way, and where it came from.
  struct Buffer {
    std::vector<std::byte> bytes;
    std::uint64_t number = 0;
    Side ingress = 0;
    bool from_kernel = false;
    std::vector<std::byte> received;
    std::uint32_t kept = 0;
  };
  class Pool : public switching::PacketPool {
   public:
    explicit Pool(Replayer& replayer) : replayer_(replayer) {}
    bool allocate(Packet& packet, std::uint16_t bytes) noexcept override;

   private:
    Replayer& replayer_;
  };
  /// The capture knew every next hop from the start: nobody has to be asked.
  struct NoEvents : switching::EventSink {
    void send(const switching::WorkerEvent&) noexcept override {}
  };

  std::vector<Decision> feed(std::uint64_t number, const CapturedFrame& frame, Side side,
                             Origin origin);
  Packet adopt(std::uint64_t number, const CapturedFrame& frame, Side side, Origin origin);
  switching::Pipeline& owner_of(const Packet& packet);
  void maintain(std::uint64_t steps, Seconds stride, std::vector<Decision>& decisions);
  void maintain(switching::Pipeline& pipeline, std::vector<Decision>& decisions);
  void collect_emitted(switching::Pipeline& pipeline, std::vector<Decision>& decisions,
                       std::uint64_t replayed);
  Decision decision_of(const Packet& packet);

  std::unique_ptr<const switching::Snapshot> snapshot_;
  std::unordered_map<const void*, std::unique_ptr<Buffer>> buffers_;
  const Buffer* current_ = nullptr;  ///< what copies are made of
  Pool pool_;
  NoEvents events_;
  std::unique_ptr<switching::Counters> counters_;
  std::vector<std::unique_ptr<switching::Pipeline>> pipelines_;  ///< one a worker
  std::uint64_t time_ = 0;                                       ///< nanoseconds
  Seconds now_ = 0;
};

}  // namespace encluster::replay
