// Looks for the node's exports again and again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "agent/background.hpp"
#include "agent/exports.hpp"
#include "agent_protocol/messages.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// One thread, the context's; what is looked for is on one of its own.
class ExportWatch {
 public:
  static constexpr std::chrono::milliseconds kPeriod{5000};
  static constexpr std::chrono::milliseconds kSoon{500};  ///< while something is not known

  /// @param find blocks, and must not throw
  /// @param changed the exports are others
  /// @param log outlives this, and so does the context
  ExportWatch(boost::asio::io_context& context, std::function<FoundExports()> find,
              std::function<void()> changed, control::Logger& log);

  void start();

  /// As last found; nothing before the first look.
  [[nodiscard]] const std::optional<agent_protocol::Exports>& exports() const noexcept {
    return exports_;
  }

  /// What the gateway thinks of them.
  void answered(const agent_protocol::ExportsAnswer& answer);

 private:
  void take(FoundExports found);
  void log_problems(const Problems& problems) const;

  std::function<void()> changed_;
  control::Logger& log_;
  std::optional<agent_protocol::Exports> exports_;
  Problems problems_;                            ///< as logged
  agent_protocol::ExportsAnswer answer_;         ///< the same
  Background<FoundExports> look_;                ///< the last member: its end awaits the thread
};

}  // namespace encluster::agent
