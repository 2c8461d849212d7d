// Where the keepers of this machine find the agent.
#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>

#include "agent/leases.hpp"
#include "agent/local_protocol.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// Listens for keepers. Whoever says what is no message loses the connection, and nobody else is
/// troubled. Only root and the agent's own user may talk. One thread, the executor's.
class LocalServer {
 public:
  static constexpr std::size_t kMaxKeepers = 1024;

  struct Handlers {
    /// False: that was out of place, the connection is to be closed.
    std::function<bool(KeeperId, const FromKeeper&)> received;
    std::function<void(KeeperId)> gone;
  };

  /// @throws std::system_error if it cannot listen there
  LocalServer(const boost::asio::any_io_executor& executor, std::filesystem::path path,
              Handlers handlers, control::Logger& log);
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  ~LocalServer();

  /// To a keeper that is connected; others are passed over. A keeper that is stopped, and reads
  /// nothing, misses messages: renewals repeat, and without them its lease runs out.
  void send(KeeperId keeper, const ToKeeper& message);

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;

  void await_keepers();
  /// False if the next attempt must wait.
  bool accept_all();
  void welcome(int socket);
  void await_message(KeeperId keeper, const std::shared_ptr<Descriptor>& socket);
  /// False if the connection is closed.
  bool read_one(KeeperId keeper, Descriptor& socket);
  void close(KeeperId keeper);

  std::filesystem::path path_;
  Handlers handlers_;
  control::Logger& log_;
  Descriptor listener_;
  boost::asio::steady_timer pause_;
  std::map<KeeperId, std::shared_ptr<Descriptor>> keepers_;
  KeeperId last_ = 0;
};

}  // namespace encluster::agent
