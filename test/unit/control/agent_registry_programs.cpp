// RPC programs that nodes offer by themselves, and of which the gateway's portmapper is to tell.
#include <catch2/catch.hpp>

#include "unit/control/agent_registry_fixture.hpp"

namespace encluster::control {

namespace {

constexpr std::uint32_t kQuotas = 100'011;
constexpr std::uint32_t kOther = 391'002;

std::string allowing(const std::string& alpha, const std::string& beta) {
  return kText + "agents: {listen: 10.77.0.1:7077, token_file: t, allow: [" +
         "{node: alpha, ports: [700-999/udp, 700-999/tcp], programs: [" + alpha + "]}, " +
         "{node: beta, ports: [700-999/udp, 700-999/tcp], programs: [" + beta + "]}]}\n";
}

using Told = std::vector<ToldProgram>;

ToldProgram told_at(std::uint16_t port, std::uint32_t version = 1) {
  return {{kQuotas, version}, udp(port)};
}
OfferedService held(std::uint16_t port, RpcVersions programs) {
  return {udp(port), "quotas", true, std::move(programs)};
}

struct Programs : RegistryFixture {
  Programs() : RegistryFixture({.recovery = 0ms}) {
    registry.reconfigure(agent_view(parse(allowing("100011, 391002", "100011"))), tokens());
    join_alpha();
    join_beta();
  }

  ServiceAnswer ask(NodeId node, const LeasedPort& port, RpcVersions programs) {
    registry.receive(node, node == kAlpha ? alpha_epoch : beta_epoch,
                     ServiceRequest{1, port, "quotas", std::move(programs)});
    registry.flush();
    return (node == kAlpha ? alpha : beta)->last<ServiceAnswer>();
  }
  void give_back(NodeId node, std::uint16_t port) {
    registry.receive(node, node == kAlpha ? alpha_epoch : beta_epoch, LeaseRelease{udp(port)});
    registry.flush();
  }
  void join_again(NodeId node, std::vector<OfferedService> services) {
    Join message =
        node == kAlpha ? join_of("alpha", token_of('a')) : join_of("beta", token_of('f'));
    message.services = std::move(services);
    (node == kAlpha ? alpha_epoch : beta_epoch) =
        registry.join(node, node == kAlpha ? alpha : beta, std::move(message));
    registry.flush();
  }
};

}  // namespace

TEST_CASE_METHOD(Programs,
                 "the portmapper tells of a service's programs, and of no other service") {
  CHECK(ask(kAlpha, udp(700), {}).result == ServiceResult::granted);
  CHECK(told.empty());
  const ServiceAnswer granted{1, ServiceResult::granted, "", false};
  CHECK(ask(kAlpha, udp(701), {{kQuotas, 1}, {kQuotas, 2}}) == granted);
  CHECK(told.back() == Told{told_at(701, 1), told_at(701, 2)});
  const LeasedPort tcp{Protocol::tcp, PortNumber(702)};
  CHECK(ask(kAlpha, tcp, {{kQuotas, 1}}) == granted);
  CHECK(told.back().size() == 3);
  CHECK(told.back()[0] == ToldProgram{{kQuotas, 1}, tcp});
}

TEST_CASE_METHOD(Programs, "it hears only after the port is the node's, and not if it cannot be") {
  publishing_fails = true;
  CHECK(ask(kAlpha, udp(700), {{kQuotas, 1}}).result == ServiceResult::not_leasable);
  CHECK(told.empty());
  publishing_fails = false;
  CHECK(ask(kBeta, udp(700), {{kQuotas, 1}}).result == ServiceResult::granted);
  CHECK(told.back() == Told{told_at(700)});
}

TEST_CASE_METHOD(Programs, "a program ends with its service") {
  ask(kAlpha, udp(700), {{kQuotas, 1}});
  REQUIRE(told.back() == Told{told_at(700)});
  SECTION("that is given back") { give_back(kAlpha, 700); }
  SECTION("whose node is dead") {
    registry.leave(kAlpha, alpha_epoch, "silent");
    registry.node_died(kAlpha);
    registry.flush();
  }
  SECTION("that an agent does not offer any more") { join_again(kAlpha, {}); }
  SECTION("that is a command's lease from now on") {
    REQUIRE(ask_alpha(700).result == LeaseResult::granted);
  }
  SECTION("whose port is allowed no longer") {
    std::string text = allowing("100011", "100011");
    text.replace(text.find("700-999/udp"), 3, "800");
    registry.reconfigure(agent_view(parse(text)), tokens());
  }
  CHECK(told.back().empty());
}

TEST_CASE_METHOD(Programs, "an agent that is gone, or back with its service, changes nothing") {
  ask(kAlpha, udp(700), {{kQuotas, 1}});
  const std::size_t before = told.size();
  registry.leave(kAlpha, alpha_epoch, "closed");
  registry.flush();
  join_again(kAlpha, {held(700, {{kQuotas, 1}})});
  CHECK(told.size() == before);
}

TEST_CASE_METHOD(Programs,
                 "a program that the configuration does not name is served, but not told") {
  const ServiceAnswer untold{1, ServiceResult::granted, "", true};
  CHECK(ask(kBeta, udp(700), {{kQuotas, 1}, {kOther, 1}, {kOther, 2}}) == untold);
  CHECK(told.back() == Told{told_at(700)});
  const std::string line =
      "event=program_untold node=beta port=700/udp service=quotas program=391002 "
      "reason=not-allowed";
  REQUIRE(logged(line));
  CHECK(lines.find(line) == lines.rfind(line));
  // The portmapper itself, NFS, MOUNT, and the access lists: no configuration can name them.
  for (const std::uint32_t number : {100'000U, 100'003U, 100'005U, 100'227U}) {
    CHECK(ask(kBeta, udp(701), {{number, 2}, {number, 3}}) == untold);
  }
  CHECK(told.back() == Told{told_at(700)});
  registry.reconfigure(agent_view(parse(allowing("100011", "391002"))), tokens());
  CHECK(told.back() == Told{{{kOther, 1}, udp(700)}, {{kOther, 2}, udp(700)}});
}

TEST_CASE_METHOD(Programs,
                 "a program that another node has is refused until that one's has ended") {
  ask(kAlpha, udp(700), {{kQuotas, 1}, {kQuotas, 2}});
  const ServiceAnswer refused{1, ServiceResult::program_taken, "alpha"};
  CHECK(ask(kBeta, udp(800), {{kQuotas, 2}, {kQuotas, 3}}) == refused);
  CHECK(ask(kBeta, udp(800), {{kQuotas, 2}, {kQuotas, 3}}) == refused);
  CHECK(published.back() == std::vector{row(700, kAlpha)});
  CHECK(told.back() == Told{told_at(700, 1), told_at(700, 2)});
  const std::string line =
      "event=service_refused node=beta port=800/udp service=quotas reason=program-taken "
      "owner=alpha";
  REQUIRE(logged(line));
  CHECK(lines.find(line) == lines.rfind(line));
  CHECK(ask(kBeta, udp(801), {{kQuotas, 3}}).result == ServiceResult::granted);
  CHECK(ask(kBeta, {Protocol::tcp, PortNumber(801)}, {{kQuotas, 1}}).result ==
        ServiceResult::granted);
  give_back(kAlpha, 700);
  CHECK(ask(kBeta, udp(800), {{kQuotas, 2}}).result == ServiceResult::granted);
}

TEST_CASE_METHOD(Programs, "within one change, too, the first has the program") {
  registry.receive(kBeta, beta_epoch, ServiceRequest{1, udp(800), "quotas", {{kQuotas, 1}}});
  registry.receive(kAlpha, alpha_epoch, ServiceRequest{2, udp(700), "quotas", {{kQuotas, 1}}});
  registry.flush();
  CHECK(told.back() == Told{told_at(800)});
  CHECK(alpha->last<ServiceAnswer>() == ServiceAnswer{2, ServiceResult::program_taken, "beta"});
}

TEST_CASE_METHOD(Programs, "a service's programs may change") {
  ask(kAlpha, udp(700), {{kQuotas, 1}});
  CHECK(ask(kAlpha, udp(700), {{kQuotas, 2}}).result == ServiceResult::granted);
  CHECK(told.back() == Told{told_at(700, 2)});
  SECTION("but not to another node's: then the service ends") {
    ask(kBeta, udp(800), {{kQuotas, 3}});
    CHECK(ask(kAlpha, udp(700), {{kQuotas, 2}, {kQuotas, 3}}).result ==
          ServiceResult::program_taken);
    CHECK(published.back() == std::vector{row(800, kBeta)});
    CHECK(told.back() == Told{told_at(800, 3)});
  }
}

TEST_CASE_METHOD(Programs,
                 "a program that is started again at another port of its node moves there") {
  ask(kAlpha, udp(700), {{kQuotas, 1}});
  CHECK(ask(kAlpha, udp(701), {{kQuotas, 1}}).result == ServiceResult::granted);
  CHECK(told.back() == Told{told_at(701)});
  give_back(kAlpha, 700);
  CHECK(told.back() == Told{told_at(701)});
}

TEST_CASE_METHOD(Programs, "a Join cannot take a program from another node") {
  ask(kAlpha, udp(900), {{kQuotas, 1}});
  join_again(kBeta, {held(700, {{kQuotas, 1}, {kQuotas, 2}})});
  CHECK(published.back() == std::vector{row(700, kBeta), row(900, kAlpha)});
  CHECK(told.back() == Told{told_at(900, 1), told_at(700, 2)});
  CHECK(
      logged("event=program_untold node=beta port=700/udp service=quotas program=100011 "
             "reason=taken"));
  give_back(kAlpha, 900);
  CHECK(told.back() == Told{told_at(700, 1), told_at(700, 2)});
}

TEST_CASE_METHOD(Programs, "a node has no more programs than it may, of all its services") {
  RpcVersions most;
  for (std::uint32_t i = 1; i < kMaxPrograms; ++i) most.push_back({kQuotas, i});
  CHECK(ask(kAlpha, udp(700), most).result == ServiceResult::granted);
  CHECK(ask(kAlpha, udp(701), {{kOther, 1}}).result == ServiceResult::granted);
  CHECK(ask(kAlpha, udp(702), {{kOther, 2}}).result == ServiceResult::too_many);
  CHECK(ask(kAlpha, udp(700), most).result == ServiceResult::granted);
  CHECK(told.back().size() == kMaxPrograms);
}

}  // namespace encluster::control
