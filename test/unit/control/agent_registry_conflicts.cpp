// Ports that several nodes want: told once, on the gateway as well.
#include <catch2/catch.hpp>
#include <string>

#include "unit/control/agent_registry_fixture.hpp"

namespace encluster::control {
namespace {

std::size_t count(const std::string& lines, const std::string& text) {
  std::size_t found = 0;
  for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE_METHOD(RegistryFixture,
                 "a node that asks for another's port each second is told of once") {
  join_alpha({udp(500)});
  join_beta();
  for (int i = 0; i < 5; ++i) {
    now += 1s;
    CHECK(ask_beta(500).owner == "alpha");
  }
  CHECK(count(lines, "level=warning event=port_conflict port=500/udp node=beta owner=alpha") == 1);
  CHECK(registry.counts().conflicts == 1);
  CHECK(registry.counts().conflicts_seen == 1);
}

TEST_CASE_METHOD(RegistryFixture, "a conflict is over when the node gets the port") {
  join_alpha({udp(500)});
  join_beta();
  ask_beta(500);
  registry.receive(kAlpha, alpha_epoch, LeaseRelease{udp(500)});
  CHECK(ask_beta(500).result == LeaseResult::granted);
  CHECK(count(lines, "event=port_conflict_over port=500/udp node=beta reason=leased") == 1);
  CHECK(registry.counts().conflicts == 0);
}

TEST_CASE_METHOD(RegistryFixture, "or when it gives up, which takes nothing from the owner") {
  join_alpha({udp(500)});
  join_beta();
  ask_beta(500);
  registry.receive(kBeta, beta_epoch, LeaseRelease{udp(500)});
  registry.flush();
  CHECK(count(lines, "event=port_conflict_over port=500/udp node=beta reason=\"given up\"") == 1);
  CHECK(count(lines, "event=lease_released") == 0);
  CHECK(registry.counts().conflicts == 0);
  CHECK(registry.counts().leases == 1);
}

TEST_CASE_METHOD(RegistryFixture, "or when it does not ask any more") {
  join_alpha({udp(500)});
  join_beta();
  ask_beta(500);
  now += PortConflicts::kForget;
  registry.flush();
  CHECK(registry.counts().conflicts == 0);
  CHECK(registry.counts().conflicts_seen == 1);
}

TEST_CASE_METHOD(RegistryFixture, "a port that nobody may lease is no conflict, and no alarm") {
  join_alpha();
  CHECK(ask_alpha(16'500).result == LeaseResult::not_leasable);
  CHECK(logged("level=info event=lease_refused port=16500/udp node=alpha reason=not_leasable"));
  CHECK(registry.counts().conflicts_seen == 0);
}

TEST_CASE_METHOD(RegistryFixture, "a node that presents what another has by now is in conflict") {
  join_alpha({udp(500)});
  join_beta({udp(500)});
  CHECK(beta->last<Welcome>().lost == std::vector{udp(500)});
  CHECK(logged("event=port_conflict port=500/udp node=beta owner=alpha"));
}

}  // namespace encluster::control
