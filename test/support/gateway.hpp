// A whole gateway in memory: a cluster of three nodes, the real pipeline, and a clock that tests
// set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encluster/packet.hpp"
#include "support/packet_builder.hpp"
#include "switching/cluster_state.hpp"
#include "switching/compile_snapshot.hpp"
#include "switching/counters.hpp"
#include "switching/pipeline.hpp"

namespace encluster::test {

// The cluster that scenarios play in.
inline constexpr Ipv4Address kCluster{192, 0, 2, 1};
inline constexpr Ipv4Address kRouter{192, 0, 2, 254};
inline constexpr Ipv4Address kRemote{192, 0, 2, 101};          ///< on the network itself
inline constexpr Ipv4Address kFarRemote{198, 51, 100, 7};      ///< behind the router
inline constexpr Ipv4Address kInside{10, 77, 0, 1};            ///< the gateway on the interconnect
inline constexpr Ipv4Address kAlpha{10, 77, 0, 11};            ///< node 1
inline constexpr Ipv4Address kBeta{10, 77, 0, 12};             ///< node 2
inline constexpr Ipv4Address kGamma{10, 77, 0, 13};            ///< node 3
inline constexpr MacAddress kOutsideMac{2, 0, 0, 0, 0, 0x01};  ///< the gateway's, outside
inline constexpr MacAddress kInsideMac{2, 0, 0, 0, 0, 0x02};   ///< the gateway's, inside

/// First ports of the slices: 16384 to 65535 in four slices.
inline constexpr std::uint16_t kGatewaySlice = 16384;
inline constexpr std::uint16_t kAlphaSlice = 16384 + 8192;
inline constexpr std::uint16_t kBetaSlice = 16384 + 2 * 8192;
inline constexpr std::uint16_t kGammaSlice = 16384 + 3 * 8192;

/// The MAC address of a neighbour: made from its IPv4 address.
[[nodiscard]] MacAddress mac_of(Ipv4Address address);

/// The `number`th of many remotes that kRemote's worker has, however many workers there are: all
/// their hashes are the same (remote_hash.hpp). @pre number < kManyRemotes
inline constexpr std::uint32_t kManyRemotes = 24000;
[[nodiscard]] constexpr Ipv4Address remote_beside(std::uint32_t number) {
  constexpr std::uint32_t kHalves = (kRemote.value() >> 16 ^ kRemote.value()) & 0xffff;
  const std::uint32_t half = 0x2000 + number;
  return Ipv4Address(half << 16 | (half ^ kHalves));
}

/// What became of a packet.
struct Outcome {
  Verdict verdict = Verdict::pending;
  DropReason reason = DropReason::none;
  Egress egress = 0;
  std::string text;              ///< describe() of the frame as it leaves
  std::vector<std::byte> frame;  ///< the bytes that leave
  Packet packet;                 ///< its `frame` pointer is not valid any more
};

/// Everything the pipeline made or gave back itself besides the packet that went in.
using Extras = std::vector<Outcome>;

/// The services are rexec 512, rlogin 513, rsh 514, telnet 23, ssh 22 (all by plugin `login`, round
/// robin, on alpha, beta and gamma, and not on the gateway), and database 5432/tcp on beta alone.
[[nodiscard]] switching::ClusterState example_cluster();

/// The gateway under test. Not thread-safe, as the pipeline.
///
/// With ENCLUSTER_TEST_WORKERS in the environment it has so many workers, each with a pipeline of
/// its own, which get frames and commands as the data path's workers do: by the remote (steer.hpp).
/// They share one block of counters, whose levels are those of kRemote's worker. Tests of what a
/// single worker bounds or counts are tagged [one-worker].
///
/// After every call it checks what must hold whatever a test is about, and throws std::logic_error
/// if it does not: each packet has one final verdict, a drop has a reason, no packet leaves outside
/// with an address other than the cluster's, no buffer is lost or given back twice.
class Gateway {
 public:
  /// @param plugins known besides `login`
  explicit Gateway(switching::ClusterState state = example_cluster(),
                   switching::PipelineLimits limits = small_limits(),
                   switching::PluginRegistry plugins = {});
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Room for 4096 connections, 1024 of them embryonic; floods are as fast as they like.
  [[nodiscard]] static switching::PipelineLimits small_limits();

  /// One packet from each side. MAC addresses are filled in as a neighbour would send them.
  Outcome from_remote(PacketBuilder builder, NetworkIndex network = 0);
  Outcome from_node(PacketBuilder builder);
  /// From the gateway's own kernel, through the network's TAP or the interconnect's.
  Outcome from_kernel(PacketBuilder builder, NetworkIndex network = 0);
  Outcome from_kernel_inside(PacketBuilder builder);

  /// A frame exactly as it is: MAC addresses included.
  Outcome receive(Frame frame, Origin origin, NetworkIndex network = 0);
  /// Several at once, as one burst.
  std::vector<Outcome> receive_burst(std::vector<Frame> frames, Origin origin,
                                     NetworkIndex network = 0);

  /// Lets time pass: once a second the pipeline is maintained as often as it needs to see its whole
  /// table. Returns what it sent meanwhile.
  Extras pass(Seconds seconds);
  /// Lets time pass during which the pipeline is not called at all.
  void skip(Seconds seconds) { now_ += seconds; }
  [[nodiscard]] Seconds now() const { return now_; }

  /// Edits the cluster, compiles and uses the new snapshot, as the control thread would.
  template <typename Edit>
  void change(Edit&& edit) {
    edit(state_);
    publish();
  }

  /// From now on the pipeline finds no buffer for packets of its own, or finds some again.
  void exhaust_buffers(bool exhausted) { exhausted_ = exhausted; }

  /// Carries out a command and returns its answer.
  switching::CommandDone execute(const switching::Command& command);
  /// All records of the connection table, through the command; or those that are renumbered.
  [[nodiscard]] std::vector<switching::Connection> connections(bool renumbered = false);
  /// "Where would it go?", by the command.
  Outcome simulate(PacketBuilder builder, Origin origin);
  /// The same of a frame exactly as it is; at most Simulation::kCapacity bytes.
  Outcome simulate(const Frame& frame, Origin origin, NetworkIndex network);

  /// What the pipeline sent by itself during the last call.
  [[nodiscard]] const Extras& extras() const { return extras_; }
  [[nodiscard]] const std::vector<switching::WorkerEvent>& events() const { return events_.sent; }
  [[nodiscard]] const switching::Counters& counters() const { return *counters_; }
  /// The pipeline of the worker that has this remote.
  [[nodiscard]] switching::Pipeline& pipeline(Ipv4Address remote = kRemote);
  [[nodiscard]] const switching::Snapshot& snapshot() const { return *snapshot_; }
  /// Buffers that the pipeline has not given back: those it holds.
  [[nodiscard]] std::size_t buffers_kept() const { return buffers_.size(); }

 private:
  /// Keeps frames alive while the pipeline may hold them.
  class HeapPool : public switching::PacketPool {
   public:
    explicit HeapPool(Gateway& gateway) : gateway_(gateway) {}
    bool allocate(Packet& packet, std::uint16_t bytes) noexcept override;

   private:
    Gateway& gateway_;
  };
  struct Events : switching::EventSink {
    void send(const switching::WorkerEvent& event) noexcept override { sent.push_back(event); }
    std::vector<switching::WorkerEvent> sent;
  };

  void publish();
  switching::Pipeline& owner_of(const switching::Command& command);
  void check_verdict(const Outcome& outcome) const;
  void check_buffers() const;
  Packet adopt(Frame frame, Origin origin, NetworkIndex network);
  Outcome finish(const Packet& packet);
  std::vector<WorkerId> workers_of(const std::vector<Packet>& packets, Origin origin) const;
  void run(switching::Pipeline& pipeline, std::span<Packet> burst, Origin origin);
  void maintain(switching::Pipeline& pipeline);
  void collect_extras(switching::Pipeline& pipeline);
  switching::CommandDone execute_on(switching::Pipeline& pipeline, switching::Command command);

  switching::ClusterState state_;
  switching::SnapshotCompiler compiler_;
  std::unique_ptr<const switching::Snapshot> snapshot_;
  std::map<void*, std::unique_ptr<Frame>> buffers_;
  HeapPool pool_;
  Events events_;
  std::unique_ptr<switching::Counters> counters_;
  std::vector<std::unique_ptr<switching::Pipeline>> pipelines_;  ///< one a worker
  Extras extras_;
  bool exhausted_ = false;
  Seconds now_ = 1000;
  std::uint32_t next_command_ = 1;
};

}  // namespace encluster::test
