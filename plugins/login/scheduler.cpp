#include "login/scheduler.hpp"

#include "login/least_connections.hpp"
#include "login/least_loaded.hpp"
#include "login/round_robin.hpp"
#include "login/weighted_round_robin.hpp"

namespace encluster::login {

std::unique_ptr<Scheduler> make_scheduler(SchedulerKind kind, std::size_t candidates) {
  switch (kind) {
    case SchedulerKind::weighted_round_robin:
      return std::make_unique<WeightedRoundRobin>(candidates);
    case SchedulerKind::least_connections:
      return std::make_unique<LeastConnections>();
    case SchedulerKind::least_loaded:
      return std::make_unique<LeastLoaded>(candidates);
    case SchedulerKind::round_robin:
      break;
  }
  return std::make_unique<RoundRobin>();
}

}  // namespace encluster::login
