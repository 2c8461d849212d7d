#include "datapath/worker_handle.hpp"

#include <cassert>
#include <utility>
#include <variant>

namespace encluster::datapath {

bool WorkerHandle::send(const Question& question, Answer answer) {
  if (!can_send()) return false;
  const std::uint32_t id = ++last_id_;
  answers_.emplace(id, std::move(answer));
  [[maybe_unused]] const bool sent = channel_.commands.push({id, question});
  assert(sent);  // the ring holds as many as may be unanswered
  return true;
}

std::size_t WorkerHandle::poll_events(const Reports& reports) {
  std::size_t count = 0;
  while (const auto event = channel_.events.pop()) {
    ++count;
    if (const auto* done = std::get_if<switching::CommandDone>(&*event)) {
      answered(*done);
    } else if (const auto* wanted = std::get_if<switching::ResolveNextHop>(&*event)) {
      if (reports.next_hop) reports.next_hop(*wanted);
    } else if (reports.renumbered) {
      reports.renumbered(std::get<switching::ConnectionRenumbered>(*event));
    }
  }
  return count;
}

void WorkerHandle::answered(const switching::CommandDone& done) {
  const auto waiting = answers_.extract(done.id);
  assert(!waiting.empty());
  if (waiting.mapped()) waiting.mapped()(done);
}

}  // namespace encluster::datapath
