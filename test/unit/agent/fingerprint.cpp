#include "agent/fingerprint.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "control/secret_text.hpp"

namespace encluster::agent {
namespace {

constexpr const char* kPem = R"(-----BEGIN CERTIFICATE-----
MIIBbjCCARWgAwIBAgIULaGQ7/12vMglUTMGzMriryfoew8wCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBdDAgFw0yNjExMjYyMjMwMjNaGA8yMTI2MTEwMjIyMzAyM1ow
DDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABN7BNVtumZc8
IqRglP1cJ3iv16wtvF8gTMpSF98QypV5Qa4UO1DH+MGWo7hrtKK4bSyxEY7u1ysF
Uij+6lM6KMajUzBRMB0GA1UdDgQWBBS1dF4/xwJo7cxqYquR6Tdr35X7qDAfBgNV
HSMEGDAWgBS1dF4/xwJo7cxqYquR6Tdr35X7qDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0cAMEQCID+4xiHugIF9k+fdRcFb0IJAfjJDkQGdkYN3KbrZfBMk
AiBnbZyIvzHGWRYYzQBDed50wwiD4Ub4iRzMZoXWcfO6lQ==
-----END CERTIFICATE-----
)";

}  // namespace

TEST_CASE("64 hex digits are 32 bytes, and nothing else is") {
  const std::string digits = "00ff" + std::string(58, '5') + "aB";
  const auto bytes = control::parse_hex(digits);
  REQUIRE(bytes.has_value());
  CHECK((*bytes)[0] == 0x00);
  CHECK((*bytes)[1] == 0xff);
  CHECK((*bytes)[31] == 0xab);
  CHECK_FALSE(control::parse_hex("").has_value());
  CHECK_FALSE(control::parse_hex(digits + "0").has_value());
  CHECK_FALSE(control::parse_hex(digits.substr(1)).has_value());
  CHECK_FALSE(control::parse_hex(std::string(63, '0') + "g").has_value());
  CHECK_FALSE(control::parse_hex(std::string(62, '0') + "0x").has_value());
}

TEST_CASE("fingerprints are the same only if every byte is") {
  const control::Bytes32 one = control::parse_hex(std::string(64, 'a')).value();
  CHECK(same(one, one));
  for (std::size_t i = 0; i < one.size(); ++i) {
    control::Bytes32 other = one;
    other[i] ^= 0x80;
    CHECK_FALSE(same(one, other));
  }
}

TEST_CASE("a certificate's fingerprint is what `openssl x509 -outform der | sha256sum` prints") {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(kPem, -1), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  REQUIRE(certificate != nullptr);
  CHECK(fingerprint_of(*certificate) ==
        control::parse_hex("96d6f796918aa31a50d8c9b44a716a9f25207e4283081fc62ddc6cc40f186aa0"));
}

}  // namespace encluster::agent
