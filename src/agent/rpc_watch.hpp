// Asks rpcbind again and again, without letting anybody wait for it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "agent/background.hpp"
#include "agent/rpc_programs.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// The RPC programs of this machine, as last told. One thread, the context's, but for the list,
/// which is made on a thread of its own.
class RpcWatch {
 public:
  using List = std::function<std::vector<RpcProgram>()>;

  static constexpr std::chrono::milliseconds kPeriod{1000};  ///< from one list to the next

  /// Does not return before the first list, which tells, before anything else is said, what an
  /// agent before this one has offered. Blocks for as long as `list`.
  /// @param list blocks, and throws std::runtime_error where rpcbind does not answer
  /// @param log outlives this, and so does the context
  RpcWatch(boost::asio::io_context& context, const List& list, control::Logger& log);
  RpcWatch(const RpcWatch&) = delete;
  RpcWatch& operator=(const RpcWatch&) = delete;

  /// While rpcbind does not answer, those before: its end is not theirs.
  [[nodiscard]] const std::vector<RpcProgram>& programs() const noexcept { return programs_; }

 private:
  struct Answer {
    std::vector<RpcProgram> programs;
    std::string problem;
  };

  [[nodiscard]] static Answer ask(const List& list) noexcept;
  void take(Answer answer);

  control::Logger& log_;
  std::vector<RpcProgram> programs_;
  std::string problem_;                 ///< as logged
  Background<Answer> look_;             ///< the last member: its end awaits the thread
};

}  // namespace encluster::agent
