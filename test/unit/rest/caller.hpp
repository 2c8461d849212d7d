// A caller of the server under test: bytes to and fro, on the same io_context.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "encluster/types.hpp"

namespace encluster::rest {

class Caller {
 public:
  Caller(boost::asio::io_context& io, PortNumber port)
      : io_(io), connection_(std::make_shared<Connection>(io)) {
    connection_->socket.connect({boost::asio::ip::address_v4::loopback(), port.value()});
    connection_->read_some();
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() { connection_->socket.close(); }

  /// Writes without waiting for the server, as far as the kernel takes it.
  void send(const std::string& text) {
    connection_->outgoing += text;
    connection_->write_some();
  }
  void finish_sending() {
    boost::system::error_code ignored;
    connection_->socket.shutdown(boost::asio::socket_base::shutdown_send, ignored);
  }
  /// From now on, reads no more than what is on its way already.
  void stop_reading() { connection_->reads = false; }
  /// Runs everything until `text` was received, or the connection ended. @return what was received
  const std::string& receive_until(const std::string& text) {
    return run([&] { return connection_->received.find(text) != std::string::npos; });
  }
  /// Runs everything until the server closed.
  const std::string& receive_all() {
    return run([] { return false; });
  }
  [[nodiscard]] bool closed() const noexcept { return connection_->closed; }
  [[nodiscard]] bool was_reset() const noexcept { return connection_->reset; }
  void forget() { connection_->received.clear(); }

 private:
  /// Shared with its operations, which may be under way when the caller is gone.
  struct Connection : std::enable_shared_from_this<Connection> {
    explicit Connection(boost::asio::io_context& io) : socket(io) {}

    boost::asio::ip::tcp::socket socket;
    std::array<char, 65536> chunk{};
    std::string received;
    std::string outgoing;
    std::string sending;
    bool reads = true;
    bool reading = false;
    bool writing = false;
    bool closed = false;
    bool reset = false;

    void read_some() {
      if (!reads || reading || closed) return;
      reading = true;
      socket.async_read_some(boost::asio::buffer(chunk),
                             [self = shared_from_this()](const auto& error, std::size_t got) {
                               self->reading = false;
                               self->received.append(self->chunk.data(), got);
                               self->closed = self->closed || error;
                               self->reset = error && error != boost::asio::error::eof;
                               self->read_some();
                             });
    }
    void write_some() {
      if (writing || outgoing.empty()) return;
      writing = true;
      sending = std::move(outgoing);
      outgoing.clear();
      boost::asio::async_write(socket, boost::asio::buffer(sending),
                               [self = shared_from_this()](const auto& error, std::size_t) {
                                 self->writing = false;
                                 if (!error) self->write_some();
                               });
    }
  };

  template <typename Done>
  const std::string& run(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    connection_->reads = true;
    connection_->read_some();
    while (!done() && !connection_->closed && std::chrono::steady_clock::now() < end) {
      io_.run_one_for(std::chrono::milliseconds(50));
      io_.restart();
    }
    return connection_->received;
  }

  boost::asio::io_context& io_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace encluster::rest
