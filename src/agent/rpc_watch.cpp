#include "agent/rpc_watch.hpp"

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace encluster::agent {

RpcWatch::RpcWatch(boost::asio::io_context& context, List list, control::Logger& log)
    : context_(context), list_(std::move(list)), log_(log), timer_(context) {
  take(ask(list_));
  await_list();
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
}

void RpcWatch::await_list() {
  timer_.expires_after(kPeriod);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    boost::asio::post(thread_, [this] {
      boost::asio::post(context_, [this, answer = ask(list_)]() mutable {
        take(std::move(answer));
        await_list();
      });
    });
  });
}

}  // namespace encluster::agent
