// Tells nodes which of their connections the cluster shows under another port, so that they can say
// so to a gateway that has forgotten.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "agent_protocol/messages.hpp"
#include "datapath/worker_group.hpp"
#include "encluster/types.hpp"
#include "switching/worker_event.hpp"

namespace encluster::recovery {

/// Control thread only.
class RenumberingsTeller {
 public:
  /// To the node's agent, if there is one.
  using Tell = std::function<void(NodeId, const agent_protocol::Renumberings&)>;

  /// @param workers outlives this object
  RenumberingsTeller(datapath::WorkerGroup& workers, Tell tell);

  /// A worker reported it.
  void tell(const switching::ConnectionRenumbered& renumbered);
  /// Tells all that there are: an agent that has just joined knows none.
  void tell_all() { wanted_ = true; }
  /// Goes on telling; also where workers' reports got lost. Called whenever events were polled.
  void poll();

 private:
  void ask();
  void take(const switching::ConnectionPage& page);
  [[nodiscard]] std::uint64_t reports_lost() const;

  datapath::WorkerGroup& workers_;
  Tell tell_;
  std::shared_ptr<switching::ConnectionPage> page_;
  bool wanted_ = false;
  bool asking_ = false;
  std::uint64_t lost_ = 0;  ///< reports, when all was told last
};

}  // namespace encluster::recovery
