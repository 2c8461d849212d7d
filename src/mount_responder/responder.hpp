// MOUNT's lists of the whole cluster: a server of the gateway's own, at a port that nobody knows.
// Plugin `mount` leads the calls there that it cannot answer by itself, and what leaves from there
// leaves with the service's port; so it is no matter whether the gateway has a mountd, too.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/log.hpp"
#include "encluster/routing_function.hpp"
#include "mount_responder/answer_rates.hpp"
#include "mount_responder/collector.hpp"
#include "mount_responder/datagram_socket.hpp"

namespace encluster::mount_responder {

/// What became of datagrams, since the start. Each is in one of the counts.
struct Counts {
  std::uint64_t answered = 0;
  std::uint64_t garbage = 0;       ///< no calls
  std::uint64_t rate_limited = 0;  ///< AnswerRates, or too many waited for nodes
  std::uint64_t repeated = 0;      ///< the same call waits already
  std::uint64_t too_long = 0;      ///< answered that the list is too long
  std::uint64_t unsent = 0;        ///< the kernel did not take the answer
};

/// One thread, the executor's.
class Responder {
 public:
  /// Serves from now on. The log outlives this object. @throws boost::system::system_error
  Responder(const boost::asio::any_io_executor& executor, Cluster cluster, Collector::Limits limits,
            control::Logger& log);
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  [[nodiscard]] PortNumber port() const { return socket_.port(); }
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  /// Who waits for nodes' lists.
  struct Waiter {
    Asker asker;
    std::uint32_t xid = 0;

    friend bool operator==(const Waiter&, const Waiter&) = default;
  };

  void await();
  void read();
  void handle(const Received& received);
  void collect(const Waiter& waiter);
  void tell_mounts(const Waiter& waiter, std::span<const std::byte> list);
  void tell(const Waiter& waiter, std::span<const std::byte> list, const char* what);
  void send(const Asker& to, std::span<const std::byte> reply, std::uint64_t& count);
  void limit(const Asker& asker);
  [[nodiscard]] std::span<const std::byte> exports();

  DatagramSocket socket_;
  Cluster cluster_;
  control::Logger& log_;
  AnswerRates rates_;
  Collector collector_;
  std::vector<Waiter> waiters_;
  std::optional<std::vector<ExportConfig>> exports_;  ///< as in the list
  Bytes list_;                                        ///< what EXPORT tells
  Counts counts_;
  std::array<std::byte, 2048> buffer_;  ///< a call without arguments is not half as long
};

}  // namespace encluster::mount_responder
