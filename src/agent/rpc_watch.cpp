#include "agent/rpc_watch.hpp"

#include <stdexcept>
#include <utility>

namespace encluster::agent {

RpcWatch::RpcWatch(boost::asio::io_context& context, const List& list, control::Logger& log)
    : log_(log),
      look_(
          context, [list] { return ask(list); },
          [this](Answer answer) { take(std::move(answer)); }) {
  take(ask(list));
}

RpcWatch::Answer RpcWatch::ask(const List& list) noexcept {
  try {
    return {list(), {}};
  } catch (const std::runtime_error& problem) {
    return {{}, problem.what()};
  }
}

void RpcWatch::take(Answer answer) {
  if (answer.problem.empty()) {
    programs_ = std::move(answer.programs);
    if (!problem_.empty()) log_.info("rpc_programs_known", {{"count", programs_.size()}});
  } else if (answer.problem != problem_) {
    log_.warning("rpc_programs_unknown", {{"reason", answer.problem}, {"remedy", "start rpcbind"}});
  }
  problem_ = std::move(answer.problem);
  look_.call_after(kPeriod);
}

}  // namespace encluster::agent
