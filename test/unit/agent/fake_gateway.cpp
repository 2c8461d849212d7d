#include "unit/agent/fake_gateway.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "agent/fingerprint.hpp"
#include "agent_protocol/codec.hpp"
#include "agent_protocol/frame.hpp"

namespace encluster::agent::test {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

FakeGateway::FakeGateway(asio::io_context& context, int tls_version)
    : answer(usual_answer),
      acceptor_(context, {asio::ip::address_v4::loopback(), 0}),
      tls_(asio::ssl::context::tls_server) {
  SSL_CTX_set_max_proto_version(tls_.native_handle(), tls_version);
  make_certificate();
  asio::co_spawn(context, accept(), asio::detached);
}

void FakeGateway::make_certificate() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(tls_.native_handle(), certificate);
  SSL_CTX_use_PrivateKey(tls_.native_handle(), key);
  fingerprint_ = fingerprint_of(*certificate);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

control::Endpoint FakeGateway::endpoint() const {
  return {Ipv4Address(127, 0, 0, 1), PortNumber(acceptor_.local_endpoint().port())};
}

void FakeGateway::cut() {
  boost::system::error_code ignored;
  for (const auto& stream : streams_) stream->next_layer().close(ignored);
}

void FakeGateway::stop() {
  acceptor_.close();
  cut();
}

agent_protocol::Welcome FakeGateway::welcome() {
  return {.epoch = 1,
          .settings = {},
          .lost = {},
          .heartbeat = std::chrono::milliseconds(400),
          .fence = std::chrono::milliseconds(4000)};
}

Reply FakeGateway::usual_answer(const agent_protocol::FromAgent& message) {
  if (std::holds_alternative<agent_protocol::Join>(message)) {
    return {agent_protocol::encode(agent_protocol::FromGateway(welcome()))};
  }
  if (const auto* const heartbeat = std::get_if<agent_protocol::Heartbeat>(&message)) {
    return {agent_protocol::encode(agent_protocol::HeartbeatAnswer{heartbeat->sequence})};
  }
  return {};
}

asio::awaitable<void> FakeGateway::accept() {
  try {
    for (;;) {
      const auto stream =
          std::make_shared<Stream>(co_await acceptor_.async_accept(use_awaitable), tls_);
      ++connections;
      streams_.insert(stream);
      asio::co_spawn(acceptor_.get_executor(), serve(stream), asio::detached);
    }
  } catch (const boost::system::system_error&) {
    // stop() was called.
  }
}

asio::awaitable<void> FakeGateway::serve(std::shared_ptr<Stream> stream) {
  try {
    co_await stream->async_handshake(asio::ssl::stream_base::server, use_awaitable);
    for (bool open = true; open;) {
      std::array<std::uint8_t, agent_protocol::kFrameHeader> header{};
      co_await asio::async_read(*stream, asio::buffer(header), use_awaitable);
      std::vector<std::uint8_t> frame(agent_protocol::frame_length(header).value());
      co_await asio::async_read(*stream, asio::buffer(frame), use_awaitable);
      received.push_back(agent_protocol::decode_from_agent(frame));
      const Reply reply = answer(received.back());
      if (!reply.bytes.empty()) {
        co_await asio::async_write(*stream, asio::buffer(reply.bytes), use_awaitable);
      }
      open = !reply.close;
    }
  } catch (const boost::system::system_error&) {
    // The agent went away.
  }
  boost::system::error_code ignored;
  stream->next_layer().close(ignored);
  streams_.erase(stream);
}

}  // namespace encluster::agent::test
