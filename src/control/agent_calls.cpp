#include "control/agent_calls.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <chrono>

namespace encluster::control {

namespace asio = boost::asio;
using asio::ip::udp;

AgentCalls::AgentCalls(const asio::any_io_executor& executor,
                       const agent_protocol::Instance& instance, PortNumber port)
    : instance_(instance), port_(port), socket_(executor) {}

void AgentCalls::open(Ipv4Address from) {
  socket_.open(udp::v4());
  socket_.bind({asio::ip::address_v4(from.value()), 0});
  socket_.non_blocking(true);
}

void AgentCalls::call(const std::vector<AbsentAgent>& agents) {
  if (agents.empty()) return;
  const agent_protocol::ComeBack come_back{.instance = instance_, .time_ms = next_time()};
  for (const AbsentAgent& agent : agents) {
    boost::system::error_code ignored;
    socket_.send_to(asio::buffer(agent_protocol::encode_come_back(come_back, agent.token)),
                    {asio::ip::address_v4(agent.address.value()), port_.value()}, 0, ignored);
  }
}

/// Later than the last, also if the clock was set back meanwhile.
std::uint64_t AgentCalls::next_time() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto count = static_cast<std::uint64_t>(duration_cast<milliseconds>(now).count());
  last_time_ = std::max(last_time_ + 1, count);
  return last_time_;
}

}  // namespace encluster::control
