// All that the control thread and one worker share, but for the snapshot.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include "rcu/ring.hpp"
#include "switching/counters.hpp"
#include "switching/event_sink.hpp"
#include "switching/worker_event.hpp"

namespace encluster::datapath {

/// From the worker to the control thread. An answer to a command always finds room; what the worker
/// reports unasked does so only as long as room for the answers is left.
class EventRing final : public switching::EventSink {
 public:
  /// @param answers how many commands may be unanswered at a time
  /// @param reports how many other events may wait for the control thread
  /// @param lost counts events that found no room
  EventRing(std::size_t answers, std::size_t reports, switching::Counter& lost)
      : answers_(answers), lost_(lost), ring_(answers + reports) {}

  /// Worker. @pre no more commands are unanswered than promised
  void send(const switching::WorkerEvent& event) noexcept override {
    const bool is_answer = std::holds_alternative<switching::CommandDone>(event);
    const bool sent = (is_answer || ring_.room() > answers_) && ring_.push(event);
    if (!sent) lost_.add();
  }

  /// Control thread.
  [[nodiscard]] std::optional<switching::WorkerEvent> pop() noexcept { return ring_.pop(); }

 private:
  std::size_t answers_;
  switching::Counter& lost_;
  rcu::Ring<switching::WorkerEvent> ring_;
};

struct WorkerChannel {
  /// Commands that may be under way to a worker, and in its hands.
  static constexpr std::size_t kCommands = 64;
  static constexpr std::size_t kReports = 1024;

  switching::Counters counters;  ///< written by the worker
  rcu::Ring<switching::Command> commands{kCommands};
  EventRing events{kCommands, kReports, counters.events_lost};
};

}  // namespace encluster::datapath
