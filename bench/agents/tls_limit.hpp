// What joining can cost at least: a server that welcomes whoever comes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <thread>

namespace encluster::bench {

/// On a port of 127.0.0.1, in a thread of its own, with the gateway's TLS: answers the first frame
/// of each connection with a Welcome.
class TlsLimit {
 public:
  /// @throws control::CredentialsError
  TlsLimit(const std::filesystem::path& certificate, const std::filesystem::path& key);
  TlsLimit(const TlsLimit&) = delete;
  TlsLimit& operator=(const TlsLimit&) = delete;
  ~TlsLimit();

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  [[nodiscard]] boost::asio::awaitable<void> accept();
  [[nodiscard]] boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context io_{1};
  boost::asio::ssl::context tls_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace encluster::bench
