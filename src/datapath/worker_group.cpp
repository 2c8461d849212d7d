#include "datapath/worker_group.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>
#include <variant>

#include "switching/remote_hash.hpp"
#include "switching/steer.hpp"

namespace encluster::datapath {

namespace {

/// A list's cursor: the worker, and the place in its table, which has fewer buckets than this says.
constexpr unsigned kPlaceBits = 25;
constexpr std::uint32_t kPlaceMask = (std::uint32_t{1} << kPlaceBits) - 1;

/// Answers of several workers, of which the last one to come calls.
struct Together {
  std::size_t awaited;
  switching::CommandDone sum;
  WorkerGroup::Answer answer;
};

void add_answer(Together& together, const switching::CommandDone& done) {
  together.sum.id = done.id;
  together.sum.done = together.sum.done || done.done;
  together.sum.count += done.count;
  if (--together.awaited == 0 && together.answer) together.answer(together.sum);
}

/// The worker that alone can carry out a command.
WorkerId owner_of(const WorkerGroup::Question& question, std::size_t workers) noexcept {
  if (const auto* insert = std::get_if<switching::InsertConnection>(&question)) {
    return switching::shard_of(insert->key.remote, workers);
  }
  if (const auto* restore = std::get_if<switching::RestoreConnections>(&question)) {
    return switching::shard_of(restore->page->connections[0].key.remote, workers);
  }
  if (const auto* remove = std::get_if<switching::RemoveConnection>(&question)) {
    return switching::shard_of(remove->key.remote, workers);
  }
  const auto& simulation = *std::get<switching::SimulatePacket>(question).simulation;
  return switching::steer({simulation.frame.data(), simulation.packet.length},
                          simulation.packet.origin, workers);
}

}  // namespace

WorkerGroup::WorkerGroup(std::span<WorkerChannel* const> channels) {
  for (WorkerChannel* channel : channels) workers_.emplace_back(*channel);
}

bool WorkerGroup::send(const Question& question, Answer answer) {
  if (std::holds_alternative<switching::ResetNode>(question)) {
    return send_to_all(question, std::move(answer));
  }
  if (const auto* what = std::get_if<switching::ListConnections>(&question)) {
    return list(*what->page, std::move(answer));
  }
  return workers_[owner_of(question, workers_.size())].send(question, std::move(answer));
}

bool WorkerGroup::send_to_all(const Question& question, Answer answer) {
  if (!std::ranges::all_of(workers_, &WorkerHandle::can_send)) return false;
  const auto together = std::make_shared<Together>(
      Together{workers_.size(), switching::CommandDone{}, std::move(answer)});
  for (WorkerHandle& worker : workers_) {
    [[maybe_unused]] const bool sent =
        worker.send(question, [together](const auto& done) { add_answer(*together, done); });
    assert(sent);
  }
  return true;
}

bool WorkerGroup::list(switching::ConnectionPage& page, Answer answer) {
  const std::uint32_t cursor = page.cursor;
  const std::uint32_t worker = cursor >> kPlaceBits;
  if (!has_place(cursor) || !workers_[worker].can_send()) return false;
  page.cursor &= kPlaceMask;
  const bool last = worker + 1 == workers_.size();
  return workers_[worker].send(switching::ListConnections{&page},
                               [&page, worker, last, answer](const auto& done) {
                                 assert(page.cursor <= kPlaceMask);
                                 if (page.cursor != 0) {
                                   page.cursor |= worker << kPlaceBits;
                                 } else if (!last) {
                                   page.cursor = (worker + 1) << kPlaceBits;
                                 }
                                 if (answer) answer(done);
                               });
}

bool WorkerGroup::has_place(std::uint32_t cursor) const noexcept {
  return cursor >> kPlaceBits < workers_.size();
}

std::size_t WorkerGroup::poll_events(const Reports& reports) {
  std::size_t count = 0;
  for (WorkerHandle& worker : workers_) count += worker.poll_events(reports);
  return count;
}

}  // namespace encluster::datapath
