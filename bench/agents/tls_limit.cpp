#include "agents/tls_limit.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent_protocol/codec.hpp"
#include "agent_protocol/frame.hpp"
#include "control/agent_tls.hpp"

namespace encluster::bench {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);

std::string welcome() {
  agent_protocol::Welcome message;
  message.epoch = 1;
  message.heartbeat = std::chrono::seconds(1);
  message.fence = std::chrono::seconds(15);
  return agent_protocol::encode(agent_protocol::FromGateway(message));
}

}  // namespace

TlsLimit::TlsLimit(const std::filesystem::path& certificate, const std::filesystem::path& key)
    : tls_(control::make_agent_tls(certificate, key)),
      acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  asio::co_spawn(io_, accept(), asio::detached);
  thread_ = std::thread([this] { io_.run(); });
}

TlsLimit::~TlsLimit() {
  io_.stop();
  thread_.join();
}

tcp::endpoint TlsLimit::endpoint() const { return acceptor_.local_endpoint(); }

asio::awaitable<void> TlsLimit::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(kResult);
    if (!error) asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> TlsLimit::serve(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  asio::ssl::stream<tcp::socket> stream(std::move(socket), tls_);
  std::array<std::uint8_t, agent_protocol::kFrameHeader> header{};
  const auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, kResult);
  if (refused) co_return;
  const auto [broken, got] = co_await asio::async_read(stream, asio::buffer(header), kResult);
  const auto length = agent_protocol::frame_length(header);
  if (broken || !length) co_return;
  std::vector<std::uint8_t> frame(*length);
  const auto [cut, rest] = co_await asio::async_read(stream, asio::buffer(frame), kResult);
  if (cut) co_return;
  const std::string answer = welcome();
  const auto [lost, sent] = co_await asio::async_write(stream, asio::buffer(answer), kResult);
  if (lost) co_return;
  // Until the peer has read it, and closes.
  static_cast<void>(co_await asio::async_read(stream, asio::buffer(header), kResult));
}

}  // namespace encluster::bench
