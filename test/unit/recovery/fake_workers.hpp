// Workers that do what a test says, behind the real channels.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "datapath/worker_group.hpp"
#include "switching/remote_hash.hpp"

namespace encluster::recovery {

inline constexpr std::size_t kWorkers = 2;

/// Whose remote it is.
inline WorkerId owner_of(Ipv4Address remote) { return switching::shard_of(remote, kWorkers); }

class FakeWorkers {
 public:
  /// Carries out a command on a lent page. @return the answer's count
  using Work = std::function<std::uint32_t(WorkerId, const switching::Command&)>;

  /// Each worker carries out all commands that it has. @return how many there were
  std::size_t work(const Work& work) {
    std::size_t done = 0;
    for (WorkerId id = 0; id < kWorkers; ++id) {
      while (const auto command = channels_[id].commands.pop()) {
        channels_[id].events.send(switching::CommandDone{command->id, true, work(id, *command)});
        ++done;
      }
    }
    return done;
  }
  datapath::WorkerChannel& channel(WorkerId id) { return channels_[id]; }

 private:
  std::array<datapath::WorkerChannel, kWorkers> channels_;

 public:
  datapath::WorkerGroup group{std::array{&channels_[0], &channels_[1]}};
};

}  // namespace encluster::recovery
