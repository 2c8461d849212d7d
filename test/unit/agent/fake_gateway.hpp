// A gateway for tests: answers each message as the test says, in the test's own thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/configuration_format.hpp"
#include "control/secret_text.hpp"

namespace encluster::agent::test {

/// What the gateway sends back, frames or whatever bytes; and whether it hangs up then.
struct Reply {
  std::string bytes;
  bool close = false;
};

class FakeGateway {
 public:
  using Answer = std::function<Reply(const agent_protocol::FromAgent&)>;

  /// Listens at a port of 127.0.0.1 that is free, with a certificate of its own.
  /// @param tls_version 0x0304 is TLS 1.3
  explicit FakeGateway(boost::asio::io_context& context, int tls_version = 0x0304);

  [[nodiscard]] control::Endpoint endpoint() const;
  [[nodiscard]] const control::Bytes32& fingerprint() const noexcept { return fingerprint_; }

  /// Cuts all connections.
  void cut();
  /// The same, and takes no more.
  void stop();

  Answer answer;  ///< welcome() and answered heartbeats, until set
  std::vector<agent_protocol::FromAgent> received;
  std::size_t connections = 0;  ///< begun, so far

  [[nodiscard]] static agent_protocol::Welcome welcome();
  /// Welcomes, answers heartbeats, and takes everything else in silence.
  [[nodiscard]] static Reply usual_answer(const agent_protocol::FromAgent& message);

 private:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

  void make_certificate();
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(std::shared_ptr<Stream> stream);

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ssl::context tls_;
  control::Bytes32 fingerprint_{};
  std::set<std::shared_ptr<Stream>> streams_;
};

}  // namespace encluster::agent::test
