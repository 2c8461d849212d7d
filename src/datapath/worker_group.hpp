// All workers, as the control thread speaks to them: who has to know, and who can answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

#include "datapath/worker_channel.hpp"
#include "datapath/worker_handle.hpp"

namespace encluster::datapath {

/// A command about one remote goes to the worker that owns it; one that concerns all goes to every
/// worker, and is answered once. Control thread only.
class WorkerGroup {
 public:
  using Question = WorkerHandle::Question;
  using Answer = WorkerHandle::Answer;
  using Reports = WorkerHandle::Reports;

  /// @param channels one a worker, in the order of their numbers, at least one; they outlive the
  /// group
  explicit WorkerGroup(std::span<WorkerChannel* const> channels);

  /// As WorkerHandle::send(). Answers of several workers are added: `done` if one has done it,
  /// `count` the sum. A list goes on with the next worker where one ends: its cursor is 0 only
  /// after the last.
  [[nodiscard]] bool send(const Question& question, Answer answer);

  /// Whether a list may go on there: false for a cursor of a group with more workers.
  [[nodiscard]] bool has_place(std::uint32_t cursor) const noexcept;

  /// As WorkerHandle::poll_events(), for all workers.
  std::size_t poll_events(const Reports& reports);

  [[nodiscard]] std::size_t size() const noexcept { return workers_.size(); }
  /// @pre worker < size()
  [[nodiscard]] WorkerHandle& worker(WorkerId worker) noexcept { return workers_[worker]; }

 private:
  [[nodiscard]] bool send_to_all(const Question& question, Answer answer);
  [[nodiscard]] bool list(switching::ConnectionPage& page, Answer answer);

  std::deque<WorkerHandle> workers_;
};

}  // namespace encluster::datapath
