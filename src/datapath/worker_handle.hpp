// What the control thread asks a worker, and hears from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "datapath/worker_channel.hpp"
#include "switching/counters.hpp"
#include "switching/worker_event.hpp"

namespace encluster::datapath {

/// The control thread's end of a channel. Control thread only.
class WorkerHandle {
 public:
  using Question = decltype(switching::Command::what);
  /// Keeps alive what the command lends to the worker (a page, a simulation), by capturing it.
  using Answer = std::function<void(const switching::CommandDone&)>;
  /// Who hears what a worker reports unasked; nobody, if null.
  struct Reports {
    std::function<void(const switching::ResolveNextHop&)> next_hop;
    std::function<void(const switching::ConnectionRenumbered&)> renumbered;
  };

  /// @param channel outlives the handle
  explicit WorkerHandle(WorkerChannel& channel) : channel_(channel) {}

  /// Gives the worker a command; `answer` is called by a later poll_events(), or destroyed uncalled
  /// with the handle.
  /// @return false, and nothing has happened, if too many commands are unanswered: try again later
  [[nodiscard]] bool send(const Question& question, Answer answer);

  /// False if too many commands are unanswered.
  [[nodiscard]] bool can_send() const noexcept {
    return answers_.size() < WorkerChannel::kCommands;
  }

  /// Calls what waits for the answers that have arrived, and tells what the worker reports. Called
  /// from a timer, every few milliseconds. The callbacks may send().
  /// @return how many events there were
  std::size_t poll_events(const Reports& reports);

  /// Commands that are not yet answered.
  [[nodiscard]] std::size_t unanswered() const noexcept { return answers_.size(); }
  [[nodiscard]] const switching::Counters& counters() const noexcept { return channel_.counters; }

 private:
  void answered(const switching::CommandDone& done);

  WorkerChannel& channel_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, Answer> answers_;
};

}  // namespace encluster::datapath
