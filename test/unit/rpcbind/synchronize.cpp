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
Plan of_cluster(Registrations wanted) { return {.cluster = std::move(wanted)}; }

Registration quotas(std::uint16_t port, std::uint32_t version = 1, std::string network = "udp") {
  return {100011, version, std::move(network), any_address(PortNumber(port)), "superuser"};
}
/// With all that is registered of the program.
Plan of_nodes(Registrations wanted) { return {.nodes = std::move(wanted), .of_nodes = {100011}}; }

/// No program of this machine is anywhere.
bool nobody(const Registration&) { return false; }
IsHere only_at(std::uint16_t port) {
  return [address = any_address(PortNumber(port))](const Registration& one) {
    return one.address == address;
  };
}
const Registration kPortmapper{100000, 4, "udp", "0.0.0.0.0.111", "superuser"};

}  // namespace

TEST_CASE("a universal address has the port's bytes at its end") {
  CHECK(any_address(PortNumber(2049)) == "0.0.0.0.8.1");
  CHECK(any_address(PortNumber(111)) == "0.0.0.0.0.111");
}

TEST_CASE("what is wanted is set, once, and nothing else changes") {
  FakeRegistry registry({kPortmapper, kOverTcp});
  const Changes first = synchronize(registry, of_cluster({nfs(2), nfs(3)}), nobody);
  CHECK(first.set == Registrations{nfs(2), nfs(3)});
  CHECK(registry.entries == Registrations{kPortmapper, kOverTcp, nfs(2), nfs(3)});
  const Changes second = synchronize(registry, of_cluster({nfs(2), nfs(3)}), nobody);
  CHECK(second.set.empty());
  CHECK((second.taken.empty() && second.unset.empty() && second.refused.empty()));
}

TEST_CASE("what is at the right address stays, whoever registered it") {
  FakeRegistry registry({nfs(3, 2049, "106")});
  CHECK(synchronize(registry, of_cluster({nfs(3)}), nobody).set.empty());
  CHECK(registry.entries == Registrations{nfs(3, 2049, "106")});
}

TEST_CASE("the cluster's program takes the place of another one's") {
  FakeRegistry registry({nfs(3, 3049, "unknown")});
  const Changes changes = synchronize(registry, of_cluster({nfs(3)}), nobody);
  CHECK(changes.taken == Registrations{nfs(3, 3049, "unknown")});
  CHECK(changes.set == Registrations{nfs(3)});
  CHECK(registry.entries == Registrations{nfs(3)});
}

TEST_CASE("what is not wanted any more is removed, unless it is somebody's else by now") {
  FakeRegistry registry({nfs(2), nfs(3, 3049)});
  const Changes changes = synchronize(registry, {.unwanted = {nfs(2), nfs(3), nfs(4)}}, nobody);
  CHECK(changes.unset == Registrations{nfs(2)});
  CHECK(registry.entries == Registrations{nfs(3, 3049)});
}

TEST_CASE("a service that moves to another port is set there") {
  FakeRegistry registry({nfs(3)});
  const Changes changes =
      synchronize(registry, {.cluster = {nfs(3, 2050)}, .unwanted = {nfs(3)}}, nobody);
  CHECK(changes.unset == Registrations{nfs(3)});
  CHECK(changes.set == Registrations{nfs(3, 2050)});
  CHECK(changes.taken.empty());
  CHECK(registry.entries == Registrations{nfs(3, 2050)});
}

TEST_CASE("a node's program is set, moves with it, and is removed with it") {
  FakeRegistry registry({kPortmapper, nfs(3)});
  CHECK(synchronize(registry, of_nodes({quotas(875), quotas(875, 2)}), nobody).set.size() == 2);
  CHECK(registry.entries == Registrations{kPortmapper, nfs(3), quotas(875), quotas(875, 2)});
  const Changes moved = synchronize(registry, of_nodes({quotas(900, 2)}), nobody);
  CHECK(moved.set == Registrations{quotas(900, 2)});
  CHECK(moved.unset == Registrations{quotas(875)});
  CHECK(moved.yielded.empty());
  CHECK(registry.entries == Registrations{kPortmapper, nfs(3), quotas(900, 2)});
  CHECK(synchronize(registry, of_nodes({}), nobody).unset == Registrations{quotas(900, 2)});
  CHECK(registry.entries == Registrations{kPortmapper, nfs(3)});
}

TEST_CASE("a node's program gives way to one of this machine, for as long as that runs") {
  FakeRegistry registry({quotas(600), quotas(600, 1, "tcp")});
  const Plan plan = of_nodes({quotas(875), quotas(875, 2)});
  const Changes beside = synchronize(registry, plan, only_at(600));
  CHECK(beside.yielded == Registrations{quotas(875)});
  CHECK(beside.set == Registrations{quotas(875, 2)});
  CHECK(registry.entries == Registrations{quotas(600), quotas(600, 1, "tcp"), quotas(875, 2)});
  const Changes after = synchronize(registry, plan, nobody);
  CHECK(after.taken == Registrations{quotas(600)});
  CHECK(after.unset == Registrations{quotas(600, 1, "tcp")});
  CHECK(registry.entries == Registrations{quotas(875, 2), quotas(875)});
}

TEST_CASE("a program of this machine at the port of a node's stays registered") {
  FakeRegistry registry({quotas(875)});
  CHECK(synchronize(registry, of_nodes({quotas(875)}), only_at(875)).yielded.empty());
  CHECK(synchronize(registry, of_nodes({}), only_at(875)).unset.empty());
  CHECK(registry.entries == Registrations{quotas(875)});
}

TEST_CASE("of a node's program, nothing is removed that nobody registers for nodes") {
  const Registrations others{quotas(875, 1, "udp6"),
                             quotas(875, 1, "local"),
                             {100011, 1, "tcp", "10.77.0.1.3.107", "superuser"},
                             {100024, 1, "udp", any_address(PortNumber(875)), "superuser"}};
  FakeRegistry registry(others);
  CHECK(synchronize(registry, of_nodes({}), nobody).unset.empty());
  CHECK(registry.entries == others);
}

TEST_CASE("the cluster's own programs are not a node's to take") {
  FakeRegistry registry({nfs(3)});
  const Plan plan{.cluster = {nfs(3)}, .of_nodes = {100003}};
  CHECK(synchronize(registry, plan, nobody).unset.empty());
  CHECK(registry.entries == Registrations{nfs(3)});
}

TEST_CASE("what rpcbind refuses is told") {
  FakeRegistry registry({});
  registry.refuses = true;
  CHECK(synchronize(registry, of_cluster({nfs(3)}), nobody).refused == Registrations{nfs(3)});
}

}  // namespace encluster::rpcbind
