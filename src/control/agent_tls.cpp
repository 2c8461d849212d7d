#include "control/agent_tls.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <string>

namespace encluster::control {

namespace ssl = boost::asio::ssl;

namespace {

constexpr std::size_t kMaxKeyFile = 1 << 16;

void check(const boost::system::error_code& error, const std::filesystem::path& file,
           const char* what) {
  if (!error) return;
  throw CredentialsError(fmt::format("{}: {} ({})", file.string(), what, error.message()));
}

}  // namespace

ssl::context make_agent_tls(const std::filesystem::path& certificate,
                            const std::filesystem::path& key) {
  ssl::context context(ssl::context::tlsv13_server);
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
  SSL_CTX_set_max_early_data(native, 0);
  boost::system::error_code error;
  context.use_certificate_chain_file(certificate.string(), error);
  check(error, certificate, "holds no certificate that can be read");
  std::string pem = read_secret_file(key, kMaxKeyFile);
  // OpenSSL would ask for a passphrase on the terminal.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return ""; });
  context.use_private_key(boost::asio::buffer(pem), ssl::context::pem, error);
  OPENSSL_cleanse(pem.data(), pem.size());
  check(error, key, "holds no private key that fits the certificate");
  return context;
}

}  // namespace encluster::control
