// An agent's side of a connection, and the gateway's files, for tests.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// Writes a new key, and a certificate that is its own issuer.
void write_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key);

/// Handles what is ready until `done`, or 10 s have passed. @return done()
bool run_until(boost::asio::io_context& io, const std::function<bool()>& done);

/// Works while its io_context runs. Takes any certificate.
class AgentClient {
 public:
  /// Connects from `source` to the port on 127.0.0.1.
  AgentClient(boost::asio::io_context& io, PortNumber port, Ipv4Address source);
  ~AgentClient();

  /// Begins TLS, of at most this version; what is sent waits for it.
  void begin(int most_version);
  void begin();
  void send(const agent_protocol::FromAgent& message);
  void send_bytes(const std::string& bytes);
  /// Once, outside TLS.
  void send_in_the_clear(const std::string& bytes);

  [[nodiscard]] const std::vector<agent_protocol::FromGateway>& received() const;
  /// The gateway closed the connection.
  [[nodiscard]] bool closed() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace encluster::control
