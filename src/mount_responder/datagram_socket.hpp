// A UDP socket at all of the machine's addresses that answers from the one that was asked.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "encluster/types.hpp"

namespace encluster::mount_responder {

/// Who sent a datagram, and to which address.
struct Asker {
  Ipv4Address remote;
  PortNumber port;  ///< the remote's
  Ipv4Address own;

  friend bool operator==(const Asker&, const Asker&) = default;
};

struct Received {
  std::size_t size = 0;  ///< as far as there was room
  bool whole = false;
  Asker asker;
};

/// One thread, the executor's. Never blocks.
class DatagramSocket {
 public:
  /// At a port of the kernel's choice. @throws boost::system::system_error
  explicit DatagramSocket(const boost::asio::any_io_executor& executor);

  [[nodiscard]] PortNumber port() const;
  /// Calls `ready` once, when a datagram has come; never after the socket's end.
  void await(std::function<void()> ready);
  /// The next datagram. Nothing if there is none, or if it does not tell where it was sent to.
  [[nodiscard]] std::optional<Received> receive(std::span<std::byte> room);
  /// Larger ones than the MTU go in fragments. @return false if the kernel does not take it
  [[nodiscard]] bool send(std::span<const std::byte> datagram, const Asker& to);

 private:
  boost::asio::ip::udp::socket socket_;
  /// Whoever awaits a datagram may hear of it when the socket is gone.
  std::shared_ptr<void> alive_ = std::make_shared<char>();
};

}  // namespace encluster::mount_responder
