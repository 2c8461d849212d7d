#include "recovery/renumberings.hpp"

#include <map>
#include <span>
#include <utility>

namespace encluster::recovery {

using agent_protocol::Renumbering;
using agent_protocol::Renumberings;

RenumberingsTeller::RenumberingsTeller(datapath::WorkerGroup& workers, Tell tell)
    : workers_(workers),
      tell_(std::move(tell)),
      page_(std::make_shared<switching::ConnectionPage>()) {
  page_->renumbered = true;
}

void RenumberingsTeller::tell(const switching::ConnectionRenumbered& renumbered) {
  const switching::ConnectionKey& key = renumbered.key;
  tell_(renumbered.node, {{{key.remote, key.remote_port, renumbered.node_port, key.cluster_port}}});
}

void RenumberingsTeller::poll() {
  if (const std::uint64_t lost = reports_lost(); lost != lost_) {
    lost_ = lost;
    wanted_ = true;
  }
  if (!asking_ && (wanted_ || page_->cursor != 0)) ask();
}

void RenumberingsTeller::ask() {
  // What is renumbered from here on is reported.
  if (page_->cursor == 0) wanted_ = false;
  asking_ = workers_.send(switching::ListConnections{page_.get()}, [this, page = page_](auto&) {
    asking_ = false;
    take(*page);
  });
  if (!asking_ && page_->cursor == 0) wanted_ = true;
}

void RenumberingsTeller::take(const switching::ConnectionPage& page) {
  std::map<NodeId, Renumberings> messages;
  for (const switching::Connection& connection : std::span(page.connections).first(page.count)) {
    messages[NodeId(connection.node)].claims.push_back(
        {Ipv4Address(connection.remote), PortNumber(connection.remote_port),
         PortNumber(connection.other_port), PortNumber(connection.cluster_port)});
  }
  for (const auto& [node, message] : messages) tell_(node, message);
}

std::uint64_t RenumberingsTeller::reports_lost() const {
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    lost += workers_.worker(static_cast<WorkerId>(i)).counters().events_lost.value();
  }
  return lost;
}

}  // namespace encluster::recovery
