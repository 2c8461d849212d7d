#include "unit/control/agent_client.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <span>
#include <stdexcept>

#include "agent_protocol/codec.hpp"
#include "agent_protocol/frame.hpp"

namespace encluster::control {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

void write_pem(const std::filesystem::path& file, const std::function<int(std::FILE*)>& write) {
  std::FILE* const out = std::fopen(file.c_str(), "w");
  if (out == nullptr || write(out) != 1) throw std::runtime_error("cannot write " + file.string());
  std::fclose(out);
  std::filesystem::permissions(file, std::filesystem::perms(0600));
}

}  // namespace

void write_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"),
                                                                 &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), pair.get());
  X509_sign(made.get(), pair.get(), EVP_sha256());
  write_pem(certificate, [&](std::FILE* out) { return PEM_write_X509(out, made.get()); });
  write_pem(key, [&](std::FILE* out) {
    return PEM_write_PrivateKey(out, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

bool run_until(asio::io_context& io, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  io.restart();
  while (!done() && std::chrono::steady_clock::now() < end) {
    io.run_one_for(std::chrono::milliseconds(100));
  }
  return done();
}

class AgentClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, PortNumber port, Ipv4Address source) : stream_(io, context_) {
    tcp::socket& socket = stream_.next_layer();
    socket.open(tcp::v4());
    socket.bind({asio::ip::address_v4(source.value()), 0});
    socket.connect({asio::ip::address_v4::loopback(), port.value()});
  }

  void begin(int most_version) {
    SSL_set_max_proto_version(stream_.native_handle(), most_version);
    stream_.async_handshake(asio::ssl::stream_base::client,
                            [self = shared_from_this()](const error_code& error) {
                              if (error) return self->note_end();
                              self->secure_ = true;
                              self->write();
                              self->read_header();
                            });
  }

  void send(const std::string& bytes) {
    outgoing_ += bytes;
    if (secure_ && writing_.empty()) write();
  }

  void send_in_the_clear(const std::string& bytes) {
    asio::write(stream_.next_layer(), asio::buffer(bytes));
    stream_.next_layer().async_read_some(
        asio::buffer(frame_.data(), frame_.size()),
        [self = shared_from_this()](const error_code&, std::size_t) { self->note_end(); });
  }

  void close() {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  std::vector<agent_protocol::FromGateway> received_;
  bool closed_ = false;

 private:
  void note_end() { closed_ = true; }

  void write() {
    if (outgoing_.empty()) return;
    writing_.swap(outgoing_);
    asio::async_write(stream_, asio::buffer(writing_),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        self->writing_.clear();
                        if (!error) self->write();
                      });
  }

  void read_header() {
    asio::async_read(stream_, asio::buffer(header_),
                     [self = shared_from_this()](const error_code& error, std::size_t) {
                       if (error) return self->note_end();
                       self->frame_.resize(agent_protocol::frame_length(self->header_).value());
                       self->read_body();
                     });
  }

  void read_body() {
    asio::async_read(
        stream_, asio::buffer(frame_),
        [self = shared_from_this()](const error_code& error, std::size_t) {
          if (error) return self->note_end();
          self->received_.push_back(agent_protocol::decode_from_gateway(std::span(self->frame_)));
          self->read_header();
        });
  }

  asio::ssl::context context_{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> stream_;
  std::array<std::uint8_t, agent_protocol::kFrameHeader> header_{};
  std::vector<std::uint8_t> frame_ = std::vector<std::uint8_t>(64);
  std::string outgoing_;
  std::string writing_;
  bool secure_ = false;
};

AgentClient::AgentClient(asio::io_context& io, PortNumber port, Ipv4Address source)
    : impl_(std::make_shared<Impl>(io, port, source)) {}
AgentClient::~AgentClient() { impl_->close(); }
void AgentClient::begin(int most_version) { impl_->begin(most_version); }
void AgentClient::begin() { begin(TLS1_3_VERSION); }
void AgentClient::send(const agent_protocol::FromAgent& message) {
  impl_->send(agent_protocol::encode(message));
}
void AgentClient::send_bytes(const std::string& bytes) { impl_->send(bytes); }
void AgentClient::send_in_the_clear(const std::string& bytes) { impl_->send_in_the_clear(bytes); }
const std::vector<agent_protocol::FromGateway>& AgentClient::received() const {
  return impl_->received_;
}
bool AgentClient::closed() const { return impl_->closed_; }

}  // namespace encluster::control
