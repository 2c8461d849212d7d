#include "rpcbind/synchronize.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace encluster::rpcbind {
namespace {

using Registrations = std::vector<Registration>;

/// An rpcbind in memory, which lets everybody do everything but what it is told to refuse.
class FakeRegistry final : public Registry {
 public:
  explicit FakeRegistry(Registrations there) : entries(std::move(there)) {}

  std::vector<Registration> list() override { return entries; }
  bool set(const Registration& registration) override {
    if (refuses || find(registration) != entries.end()) return false;
    entries.push_back(registration);
    return true;
  }
  bool unset(const Registration& registration) override {
    const auto found = find(registration);
    if (refuses || found == entries.end()) return false;
    entries.erase(found);
    return true;
  }

  Registrations entries;
  bool refuses = false;

 private:
  Registrations::iterator find(const Registration& one) {
    return std::ranges::find_if(entries, [&](const Registration& other) {
      return other.program == one.program && other.version == one.version &&
             other.network == one.network;
    });
  }
};

Registration nfs(std::uint32_t version, std::uint16_t port = 2049,
                 std::string owner = "superuser") {
  return {100003, version, "udp", any_address(PortNumber(port)), std::move(owner)};
}
const Registration kOverTcp{100003, 3, "tcp", "0.0.0.0.8.1", "superuser"};
const Registration kPortmapper{100000, 4, "udp", "0.0.0.0.0.111", "superuser"};

}  // namespace

TEST_CASE("a universal address has the port's bytes at its end") {
  CHECK(any_address(PortNumber(2049)) == "0.0.0.0.8.1");
  CHECK(any_address(PortNumber(111)) == "0.0.0.0.0.111");
}

TEST_CASE("what is wanted is set, once, and nothing else changes") {
  FakeRegistry registry({kPortmapper, kOverTcp});
  const Changes first = synchronize(registry, {nfs(2), nfs(3)}, {});
  CHECK(first.set == Registrations{nfs(2), nfs(3)});
  CHECK(registry.entries == Registrations{kPortmapper, kOverTcp, nfs(2), nfs(3)});
  const Changes second = synchronize(registry, {nfs(2), nfs(3)}, {});
  CHECK(second.set.empty());
  CHECK((second.taken.empty() && second.unset.empty() && second.refused.empty()));
}

TEST_CASE("what is at the right address stays, whoever registered it") {
  FakeRegistry registry({nfs(3, 2049, "106")});
  CHECK(synchronize(registry, {nfs(3)}, {}).set.empty());
  CHECK(registry.entries == Registrations{nfs(3, 2049, "106")});
}

TEST_CASE("the cluster's program takes the place of another one's") {
  FakeRegistry registry({nfs(3, 3049, "unknown")});
  const Changes changes = synchronize(registry, {nfs(3)}, {});
  CHECK(changes.taken == Registrations{nfs(3, 3049, "unknown")});
  CHECK(changes.set == Registrations{nfs(3)});
  CHECK(registry.entries == Registrations{nfs(3)});
}

TEST_CASE("what is not wanted any more is removed, unless it is somebody's else by now") {
  FakeRegistry registry({nfs(2), nfs(3, 3049)});
  const Changes changes = synchronize(registry, {}, {nfs(2), nfs(3), nfs(4)});
  CHECK(changes.unset == Registrations{nfs(2)});
  CHECK(registry.entries == Registrations{nfs(3, 3049)});
}

TEST_CASE("a service that moves to another port is set there") {
  FakeRegistry registry({nfs(3)});
  const Changes changes = synchronize(registry, {nfs(3, 2050)}, {nfs(3)});
  CHECK(changes.unset == Registrations{nfs(3)});
  CHECK(changes.set == Registrations{nfs(3, 2050)});
  CHECK(changes.taken.empty());
  CHECK(registry.entries == Registrations{nfs(3, 2050)});
}

TEST_CASE("what rpcbind refuses is told") {
  FakeRegistry registry({});
  registry.refuses = true;
  CHECK(synchronize(registry, {nfs(3)}, {}).refused == Registrations{nfs(3)});
}

}  // namespace encluster::rpcbind
