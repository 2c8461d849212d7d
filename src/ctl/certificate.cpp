#include "ctl/certificate.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <span>
#include <stdexcept>

namespace encluster::ctl {

namespace {

constexpr int kValidDays = 20 * 365 + 5;  // with the leap days of any 20 years

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* object) const noexcept {
    free(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

[[noreturn]] void fail(const char* what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw std::runtime_error(fmt::format("{}: {}", what, reason.data()));
}

void must(bool well, const char* what) {
  if (!well) fail(what);
}

Bio reader_of(const std::string& text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  must(bio != nullptr, "cannot read from memory");
  return bio;
}

Bio memory() {
  Bio bio(BIO_new(BIO_s_mem()));
  must(bio != nullptr, "cannot write to memory");
  return bio;
}

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// Instead of asking for it at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Key read_key(const std::string& pem) {
  Key key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
  must(key != nullptr, "not a private key in PEM without a passphrase");
  return key;
}

Certificate read_certificate(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
  must(certificate != nullptr, "not a certificate in PEM");
  return certificate;
}

void set_serial(X509& certificate) {
  constexpr int kBits = 159;  // positive, and at most 20 bytes (RFC 5280, section 4.1.2.2)
  const Number serial(BN_new());
  must(serial != nullptr &&
           BN_rand(serial.get(), kBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(&certificate)) != nullptr,
       "cannot make a serial number");
}

void set_names(X509& certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(&certificate);
  const std::span text(common_name);
  const auto bytes = std::as_bytes(text);
  must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(bytes.data()),
                                  static_cast<int>(bytes.size()), -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, name) == 1,
       "cannot name the certificate");
}

void add_extension(X509& certificate, int kind, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
  must(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1,
       "cannot add an extension");
}

}  // namespace

std::string make_key() {
  const Key key(EVP_EC_gen("P-256"));
  must(key != nullptr, "cannot make a key");
  const Bio bio = memory();
  must(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
           1,
       "cannot write the key");
  return text_of(bio);
}

std::string make_certificate(const std::string& key, const std::string& common_name) {
  const Key signer = read_key(key);
  const Certificate certificate(X509_new());
  must(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
           X509_set_pubkey(certificate.get(), signer.get()) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) != nullptr &&
           X509_time_adj_ex(X509_getm_notAfter(certificate.get()), kValidDays, 0, nullptr) !=
               nullptr,
       "cannot make a certificate");
  set_serial(*certificate);
  set_names(*certificate, common_name);
  add_extension(*certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*certificate, NID_key_usage, "critical,digitalSignature");
  must(X509_sign(certificate.get(), signer.get(), EVP_sha256()) > 0, "cannot sign the certificate");
  const Bio bio = memory();
  must(PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "cannot write the certificate");
  return text_of(bio);
}

bool fit(const std::string& key, const std::string& certificate) {
  const bool well =
      X509_check_private_key(read_certificate(certificate).get(), read_key(key).get()) == 1;
  ERR_clear_error();
  return well;
}

std::string fingerprint(const std::string& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  must(X509_digest(read_certificate(certificate).get(), EVP_sha256(), digest.data(), &size) == 1,
       "cannot digest the certificate");
  std::string text;
  for (const unsigned char byte : std::span(digest).first(size)) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

}  // namespace encluster::ctl
