#include "ctl/certificate.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <memory>

#include "file_content.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::ctl {
namespace {

using Catch::Contains;

/// What the command prints.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), part.size(), pipe.get()) != nullptr) text += part.data();
  return text;
}

TEST_CASE("a certificate and its key fit each other and no others") {
  const std::string key = make_key();
  const std::string other = make_key();
  const std::string certificate = make_certificate(key, "demo");
  CHECK(fit(key, certificate));
  CHECK_FALSE(fit(other, certificate));
  CHECK_FALSE(fit(key, make_certificate(other, "demo")));
}

TEST_CASE("the fingerprint is the one that openssl shows") {
  const TemporaryFolder folder;
  const std::string certificate = make_certificate(make_key(), "demo");
  test::write(folder / "crt", certificate);
  std::string shown =
      output_of("openssl x509 -noout -fingerprint -sha256 -in " + (folder / "crt").string());
  REQUIRE_THAT(shown, Contains("="));
  shown.erase(0, shown.find('=') + 1);
  std::erase_if(shown, [](char letter) { return letter == ':' || letter == '\n'; });
  std::ranges::transform(shown, shown.begin(),
                         [](unsigned char letter) { return std::tolower(letter); });
  CHECK(fingerprint(certificate) == shown);
  CHECK(shown.size() == 64);
}

TEST_CASE("openssl reads what the certificate says and its signature is right") {
  const TemporaryFolder folder;
  test::write(folder / "crt", make_certificate(make_key(), "demo"));
  const std::string file = (folder / "crt").string();
  const std::string text = output_of("openssl x509 -noout -text -in " + file);
  CHECK_THAT(text, Contains("Version: 3"));
  CHECK_THAT(text, Contains("Subject: CN = demo"));
  CHECK_THAT(text, Contains("Issuer: CN = demo"));
  CHECK_THAT(text, Contains("ecdsa-with-SHA256"));
  CHECK_THAT(text, Contains("NIST CURVE: P-256"));
  CHECK_THAT(text, Contains("CA:FALSE"));
  CHECK_THAT(output_of("openssl verify -check_ss_sig -partial_chain -CAfile " + file + " " + file),
             Contains("OK"));
  const std::string years = "openssl x509 -noout -checkend ";
  CHECK_THAT(output_of(years + "630720000 -in " + file), Contains("will not expire"));
  CHECK_THAT(output_of(years + "631584000 -in " + file), Contains("will expire"));
}

TEST_CASE("two certificates differ") {
  const std::string key = make_key();
  CHECK(fingerprint(make_certificate(key, "demo")) != fingerprint(make_certificate(key, "demo")));
}

TEST_CASE("what is no key or no certificate is told") {
  const std::string key = make_key();
  const std::string certificate = make_certificate(key, "demo");
  CHECK_THROWS_WITH(fit("", certificate), Contains("not a private key in PEM"));
  CHECK_THROWS_WITH(fit(certificate, certificate), Contains("not a private key in PEM"));
  CHECK_THROWS_WITH(fit(key, "garbage"), Contains("not a certificate in PEM"));
  CHECK_THROWS_WITH(fingerprint(key), Contains("not a certificate in PEM"));
  CHECK_THROWS(make_certificate(key, std::string(65, 'x')));
}

TEST_CASE("a key with a passphrase is refused without asking for it") {
  const TemporaryFolder folder;
  test::write(folder / "key", make_key());
  const std::string locked =
      output_of("openssl pkey -aes128 -passout pass:secret -in " + (folder / "key").string());
  REQUIRE_THAT(locked, Contains("ENCRYPTED"));
  CHECK_THROWS_WITH(fit(locked, make_certificate(make_key(), "demo")),
                    Contains("without a passphrase"));
}

}  // namespace
}  // namespace encluster::ctl
