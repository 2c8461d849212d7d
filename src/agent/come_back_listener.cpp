#include "agent/come_back_listener.hpp"

#include <algorithm>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <set>
#include <utility>

namespace encluster::agent {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

ComeBackCheck::Verdict ComeBackCheck::check(const control::Endpoint& from,
                                            std::span<const std::uint8_t> datagram) {
  const auto gateway = std::ranges::find_if(gateways_, [&from](const control::Endpoint& one) {
    return one.address == from.address && one.port == from.port;
  });
  if (gateway == gateways_.end()) return {.reason = "from no gateway"};
  const auto come_back = agent_protocol::decode_come_back(datagram, token_);
  if (!come_back) return {.reason = "not authentic"};
  const auto position = static_cast<std::size_t>(gateway - gateways_.begin());
  if (come_back->time_ms <= latest_[position]) return {.reason = "not later than another"};
  latest_[position] = come_back->time_ms;
  return {.gateway = position, .instance = come_back->instance};
}

ComeBackListener::ComeBackListener(const asio::any_io_executor& executor,
                                   const std::vector<control::Endpoint>& gateways,
                                   const control::Bytes32& token, Handler handler,
                                   control::Logger& log)
    : check_(gateways, token), handler_(std::move(handler)), log_(log) {
  std::set<PortNumber> numbers;
  for (const control::Endpoint& gateway : gateways) numbers.insert(gateway.port);
  for (const PortNumber number : numbers) open(executor, number);
}

void ComeBackListener::open(const asio::any_io_executor& executor, PortNumber number) {
  try {
    ports_.push_back({udp::socket(executor, udp::endpoint(udp::v4(), number.value())), number});
    receive(ports_.back());
  } catch (const boost::system::system_error& problem) {
    log_.warning("come_back_unheard",
                 {{"port", number.value()}, {"reason", problem.code().message()}});
  }
}

void ComeBackListener::receive(Port& port) {
  port.socket.async_receive_from(asio::buffer(port.datagram), port.sender,
                                 [this, &port](const error_code& error, std::size_t size) {
                                   if (error == asio::error::operation_aborted) return;
                                   if (!error) take(port, size);
                                   receive(port);
                                 });
}

void ComeBackListener::take(const Port& port, std::size_t size) {
  const Ipv4Address sender(port.sender.address().to_v4().to_uint());
  const auto verdict = check_.check({sender, port.number}, std::span(port.datagram).first(size));
  if (verdict.gateway) {
    handler_(*verdict.gateway, verdict.instance);
  } else {
    refuse(sender, verdict.reason);
  }
}

void ComeBackListener::refuse(Ipv4Address sender, std::string_view reason) {
  ++refused_;
  const Clock::time_point now = Clock::now();
  if (told_ && now < *told_ + kTellInterval) return;
  told_ = now;
  log_.warning("come_back_refused", {{"sender", control::to_text(sender)},
                                     {"reason", reason},
                                     {"count", std::exchange(refused_, 0)}});
}

}  // namespace encluster::agent
