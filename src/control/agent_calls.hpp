// Calls nodes' agents that have not joined: a gateway that has just started needs what they know.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <vector>

#include "agent_protocol/come_back.hpp"
#include "control/agent_registry.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// Sends come-back datagrams. Control thread only.
class AgentCalls {
 public:
  /// @param instance of this gateway
  /// @param port at which agents hear: the one where the gateway listens for them
  AgentCalls(const boost::asio::any_io_executor& executor, const agent_protocol::Instance& instance,
             PortNumber port);

  /// Sends from this address of the gateway's from now on. @throws boost::system::system_error
  void open(Ipv4Address from);
  /// One datagram to each. What cannot be sent is not: calls are repeated.
  void call(const std::vector<AbsentAgent>& agents);

 private:
  [[nodiscard]] std::uint64_t next_time();

  agent_protocol::Instance instance_;
  PortNumber port_;
  boost::asio::ip::udp::socket socket_;
  std::uint64_t last_time_ = 0;  ///< milliseconds since 1970
};

}  // namespace encluster::control
