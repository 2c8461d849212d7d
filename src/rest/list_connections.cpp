#include "rest/list_connections.hpp"

#include <array>
#include <memory>
#include <utility>

#include "rest/connection_query.hpp"
#include "switching/connection_life.hpp"
#include "switching/worker_event.hpp"

namespace encluster::rest {

using switching::Connection;

namespace {

constexpr std::uint8_t kAlias = 0x80;
/// Commands for one answer: each costs a worker a walk through some thousand buckets, and the
/// caller some milliseconds.
constexpr int kMostCommands = 32;

struct FlagWord {
  std::uint8_t flag;
  std::string_view word;
};
constexpr std::array<FlagWord, 6> kFlagWords{{
    {switching::connection_flag::opened_by_node, "opened_by_node"},
    {switching::connection_flag::fin_remote, "fin_remote"},
    {switching::connection_flag::fin_node, "fin_node"},
    {switching::connection_flag::reset, "reset"},
    {switching::connection_flag::reset_by_node, "reset_by_node"},
    {switching::connection_flag::probed, "probed"},
}};

std::vector<std::string_view> words_of(const Connection& connection) {
  std::vector<std::string_view> words;
  words.emplace_back(connection.embryonic() ? "embryonic" : "answered");
  for (const auto& [flag, word] : kFlagWords) {
    if (connection.has(flag)) words.push_back(word);
  }
  return words;
}

std::uint32_t seconds_until(Seconds deadline, Seconds now) {
  const auto left = static_cast<std::int32_t>(deadline - now);
  return left > 0 ? static_cast<std::uint32_t>(left) : 0;
}

Seconds life_of(Protocol protocol, std::uint8_t flags) {
  if (protocol == Protocol::tcp) return switching::life_of(flags);
  return protocol == Protocol::udp ? switching::kDatagramLife : switching::kEchoLife;
}

/// One answer in the making. Lives as long as the command that it waits for.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(datapath::WorkerGroup& workers, const ConnectionQuery& query, ConnectionNames names,
          Gateway::Listed listed)
      : workers_(workers),
        limit_(query.limit),
        cursor_(query.from),
        filter_(query.filter),
        names_(std::move(names)),
        listed_(std::move(listed)) {}

  void start() {
    if (!workers_.has_place(cursor_.place)) {
      list_.outcome = ConnectionList::Outcome::wrong_cursor;
    } else if (!ask()) {
      list_.outcome = ConnectionList::Outcome::busy;
    } else {
      return;
    }
    listed_(std::move(list_));
  }

 private:
  [[nodiscard]] bool ask() {
    page_.cursor = cursor_.place;
    return workers_.send(switching::ListConnections{&page_},
                         [self = shared_from_this()](const auto&) { self->take_page(); });
  }

  void take_page() {
    for (std::uint32_t i = cursor_.told; i < page_.count; ++i) {
      const Connection& connection = page_.connections[i];
      if ((connection.kind & kAlias) != 0) continue;
      ConnectionView view = view_of(connection, names_);
      if (!matches(filter_, view)) continue;
      if (list_.connections.size() == limit_) return end(Cursor{cursor_.place, i});
      list_.connections.push_back(std::move(view));
    }
    if (page_.cursor == 0) return end(std::nullopt);
    cursor_ = {page_.cursor, 0};
    const bool enough = list_.connections.size() == limit_ || --commands_left_ == 0;
    if (enough || !ask()) end(cursor_);
  }

  void end(std::optional<Cursor> next) {
    list_.next = next;
    listed_(std::move(list_));
  }

  datapath::WorkerGroup& workers_;
  std::size_t limit_;
  Cursor cursor_;
  ConnectionFilter filter_;
  ConnectionNames names_;
  Gateway::Listed listed_;
  ConnectionList list_{};
  switching::ConnectionPage page_{};
  int commands_left_ = kMostCommands;
};

}  // namespace

ConnectionView view_of(const Connection& connection, const ConnectionNames& names) {
  const auto protocol = static_cast<Protocol>(connection.kind & ~unsigned{kAlias});
  const Seconds life = life_of(protocol, connection.flags);
  const Seconds left = seconds_until(connection.deadline, names.now());
  return {.protocol = protocol,
          .remote = Ipv4Address(connection.remote),
          .remote_port = PortNumber(connection.remote_port),
          .cluster_port = PortNumber(connection.cluster_port),
          .node_port = PortNumber(connection.other_port),
          .node = names.node(NodeId(connection.node)),
          .service = names.service(connection.service),
          .state = words_of(connection),
          .seconds_left = left,
          .idle_seconds = life > left ? life - left : 0};
}

void list_connections(datapath::WorkerGroup& workers, const ConnectionQuery& query,
                      ConnectionNames names, Gateway::Listed listed) {
  std::make_shared<Listing>(workers, query, std::move(names), std::move(listed))->start();
}

}  // namespace encluster::rest
