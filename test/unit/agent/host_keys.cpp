#include "agent/host_keys.hpp"

#include <catch2/catch.hpp>

#include "control/secret_text.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

/// A key as ssh-keygen writes it, and what `ssh-keygen -l` says of it, in hex.
constexpr const char* kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGstrrf2qH+KhcVfKkm1UyBPcMYi+M1ZdfiWNN7Kb0HA";
constexpr const char* kDigest = "f7df1182173148b7a23612bfaf2ec556fd97266a1009085bdc4648e842251804";

}  // namespace

TEST_CASE("a host key is known by the digest that ssh-keygen tells, too") {
  const auto key = parse_host_key(std::string(kKey) + " root@alpha\n");
  REQUIRE(key);
  CHECK(key->type == "ssh-ed25519");
  CHECK(key->digest == control::parse_hex(kDigest));
  CHECK(parse_host_key(kKey) == key);
  CHECK(parse_host_key(std::string(kKey) + "\n") == key);
}

TEST_CASE("what is no host key is none") {
  for (const std::string text : {"", " ", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 AAA",
                                 "ssh-ed25519 A*AA", "ssh-ed25519 A===", " AAAA", "\x01 AAAA"}) {
    INFO(text);
    CHECK_FALSE(parse_host_key(text));
  }
  CHECK_FALSE(parse_host_key(std::string(65, 't') + " AAAA"));
  CHECK_FALSE(parse_host_key("ssh-rsa " + std::string(4100, 'A')));
}

TEST_CASE("the host keys of a folder are told in order, each type once") {
  const TemporaryFolder folder;
  CHECK(host_keys(folder.path() / "none").keys.empty());
  CHECK(host_keys(folder.path()).keys.empty());
  folder.write("ssh_host_rsa_key.pub", "ssh-rsa AAAA\n");
  folder.write("ssh_host_ed25519_key.pub", kKey);
  folder.write("ssh_host_other_key.pub", kKey);
  folder.write("ssh_host_damaged_key.pub", "damaged");
  folder.write("ssh_host_dsa_key", "ssh-dss AAAA");
  folder.write("moduli.pub", "ssh-moduli AAAA");
  const auto keys = host_keys(folder.path()).keys;
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] == parse_host_key(kKey));
  CHECK(keys[1].type == "ssh-rsa");
}

TEST_CASE("no more host keys are told than a message holds") {
  const TemporaryFolder folder;
  for (char type = 'a'; type < 'z'; ++type) {
    folder.write(std::string("ssh_host_") + type + "_key.pub", std::string(1, type) + " AAAA");
  }
  CHECK(host_keys(folder.path()).keys.size() == agent_protocol::kMaxHostKeys);
}

}  // namespace encluster::agent
