// DUMP, asked of several mountds at once.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "encluster/types.hpp"
#include "mount_responder/mounts.hpp"

namespace encluster::mount_responder {

/// Where a node's mountd listens, by UDP.
struct Mountd {
  NodeId node;
  Ipv4Address address;
  PortNumber port;
};

/// Asks each until it answers, `times` times at most. One thread, the executor's.
class DumpRound : public std::enable_shared_from_this<DumpRound> {
 public:
  struct Hooks {
    /// A mountd's list; nothing if what it answered is none.
    std::function<void(NodeId, const std::optional<std::vector<MountEntry>>&)> heard;
    /// All have answered, or the time is over: these have not. The last call of any hook. Not from
    /// within start().
    std::function<void(const std::vector<NodeId>&)> over;
  };
  struct Limits {
    std::chrono::milliseconds again{250};  ///< until those that have not answered are asked again
    int times = 4;                         ///< `times` * `again` is all the time there is
  };

  /// @param from the address to ask from
  DumpRound(const boost::asio::any_io_executor& executor, Ipv4Address from,
            const std::vector<Mountd>& mountds, Hooks hooks, const Limits& limits);

  /// @pre owned by a shared pointer
  void start();
  /// No hook is called any more.
  void stop();

 private:
  struct Question {
    NodeId node;
    boost::asio::ip::udp::endpoint at;
    std::uint32_t xid = 0;  ///< hard to guess: who did not see the call cannot answer it
    bool answered = false;
  };

  void ask();
  void receive();
  void take(std::size_t size);
  void finish();

  boost::asio::ip::udp::socket socket_;
  boost::asio::steady_timer timer_;
  Ipv4Address from_;
  std::vector<Question> questions_;
  std::size_t unanswered_;
  Hooks hooks_;
  Limits limits_;
  int asked_ = 0;
  bool over_ = false;
  boost::asio::ip::udp::endpoint sender_;
  std::array<std::byte, 65536> buffer_;
};

}  // namespace encluster::mount_responder
