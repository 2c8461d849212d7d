#include "recovery/restorer.hpp"

#include <utility>

#include "switching/remote_hash.hpp"

namespace encluster::recovery {

using agent_protocol::SocketState;
using agent_protocol::TcpSocket;
using switching::ReportedConnection;
using switching::ReportPage;

namespace {

/// Commands that may be in a worker's hands: others want to ask it, too.
constexpr std::size_t kUnderWay = 16;
static_assert(kUnderWay < datapath::WorkerChannel::kCommands);

/// What the gateway would know of such a connection, had it seen it from the start.
std::uint8_t flags_of(SocketState state) noexcept {
  using namespace switching::connection_flag;
  switch (state) {
    case SocketState::syn_sent:
      return opened_by_node;
    case SocketState::syn_received:
      return 0;
    case SocketState::established:
      return answered;
    case SocketState::fin_wait_1:
    case SocketState::fin_wait_2:
      return answered | fin_node;
    case SocketState::close_wait:
      return answered | fin_remote;
    case SocketState::closing:
    case SocketState::last_ack:
    case SocketState::time_wait:
      break;
  }
  return answered | fin_node | fin_remote;
}

ReportedConnection connection_of(const TcpSocket& socket) noexcept {
  ReportedConnection connection;
  connection.key.remote = socket.remote;
  connection.key.remote_port = socket.remote_port;
  connection.key.cluster_port = socket.shown;
  connection.node_port = socket.port;
  connection.flags = flags_of(socket.state);
  return connection;
}

}  // namespace

Restored& Restored::operator+=(const Restored& other) noexcept {
  connections += other.connections;
  conflicts += other.conflicts;
  refused += other.refused;
  return *this;
}

Restorer::Restorer(datapath::WorkerGroup& workers) : workers_(workers), queues_(workers.size()) {}

void Restorer::restore(NodeId node, std::span<const TcpSocket> sockets, Done done) {
  const auto report =
      std::make_shared<Report>(Report{.pages = 0, .sum = {}, .done = std::move(done)});
  std::vector<std::shared_ptr<ReportPage>> open(queues_.size());
  const auto close = [&](std::size_t worker) {
    if (open[worker] == nullptr) return;
    ++report->pages;
    queues_[worker].waiting.push_back({std::move(open[worker]), report});
  };
  for (const TcpSocket& socket : sockets) {
    const WorkerId worker = switching::shard_of(socket.remote, queues_.size());
    if (open[worker] == nullptr) {
      open[worker] = std::make_shared<ReportPage>();
      open[worker]->node = node;
    }
    ReportPage& page = *open[worker];
    page.connections[page.count++] = connection_of(socket);
    if (page.count == ReportPage::kCapacity) close(worker);
  }
  for (std::size_t worker = 0; worker < queues_.size(); ++worker) close(worker);
  poll();
  if (report->pages == 0) report->done(report->sum);
}

void Restorer::poll() {
  for (std::size_t worker = 0; worker < queues_.size(); ++worker) {
    send_waiting(static_cast<WorkerId>(worker));
  }
}

void Restorer::send_waiting(WorkerId worker) {
  Queue& queue = queues_[worker];
  while (!queue.waiting.empty() && queue.under_way < kUnderWay) {
    const Job job = queue.waiting.front();
    const bool sent = workers_.worker(worker).send(
        switching::RestoreConnections{job.page.get()},
        [this, worker, job](const auto& done) { answered(worker, job, done.count); });
    if (!sent) return;
    queue.waiting.pop_front();
    ++queue.under_way;
  }
}

void Restorer::answered(WorkerId worker, const Job& job, std::uint32_t connections) {
  --queues_[worker].under_way;
  send_waiting(worker);
  Report& report = *job.report;
  report.sum += {connections, job.page->conflicts, job.page->refused};
  if (--report.pages == 0) report.done(report.sum);
}

}  // namespace encluster::recovery
