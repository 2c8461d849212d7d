// RPC programs as services of a node.
#include <catch2/catch.hpp>

#include "unit/agent/services_fixture.hpp"

namespace encluster::agent {

namespace {

constexpr std::uint32_t kOther = 391'002;

}  // namespace

TEST_CASE("an RPC program is offered at the ports where rpcbind says it is, and it listens") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas}}});
  node.programs = {{kQuotas, udp(875), {}}, {kQuotas, tcp(875), {}}, {100'024, tcp(876), {}}};
  node.listening = {udp(875), tcp(876)};
  const auto messages = node.join();
  REQUIRE(asked(messages) == Ports{udp(875)});
  CHECK(std::get<ServiceRequest>(messages[0]).name == "quotas");
  node.grant(messages);
  node.listening.insert(tcp(875));
  CHECK(asked(node.look()) == Ports{tcp(875)});

  SECTION("until it ends, although rpcbind still knows it") {
    node.listening.erase(udp(875));
    CHECK(node.look().empty());
    CHECK(node.look() == released(udp(875)));
  }
  SECTION("until it is not registered any more, although it still listens") {
    std::erase(node.programs, RpcProgram{kQuotas, udp(875), {}});
    CHECK(node.look().empty());
    CHECK(node.look() == released(udp(875)));
  }
}

TEST_CASE("an RPC program is offered of the protocol that is named") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas, Protocol::tcp}}});
  node.programs = {{kQuotas, udp(875), {}}, {kQuotas, tcp(875), {}}};
  node.listening = {udp(875), tcp(875)};
  CHECK(asked(node.join()) == Ports{tcp(875)});
}

TEST_CASE("an RPC program is not offered where the node gets its messages anyway") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas}}});
  node.programs = {{kQuotas, udp(875), {}}, {kQuotas, tcp(20'000), {}}};
  node.listening = {udp(875), tcp(20'000)};
  node.own = node.listening;
  CHECK(node.join().empty());
}

TEST_CASE("a user opens no socket but the user's own by registering it as an RPC program") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas}}});
  node.programs = {{kQuotas, tcp(5432), kUser + 1}};
  node.listening = {tcp(5432)};
  CHECK(node.join().empty());
  node.programs = {{kQuotas, tcp(5432), kUser}};
  CHECK(asked(node.look()) == Ports{tcp(5432)});
}

TEST_CASE("the gateway hears of the programs that are at a port") {
  Node node(Offers{.ports = {offer("web", "8443/tcp"), offer("here", "876/udp")},
                   .programs = {{"quotas", kQuotas}, {"others", kOther}}});
  node.programs = {{kQuotas, udp(875), {}, {1, 2}},
                   {kOther, udp(875), {}, {7}},
                   {kQuotas, udp(876), {}, {3}},
                   {100'024, udp(875), {}, {1}}};
  node.listening = {tcp(8443), udp(875), udp(876)};
  const auto messages = node.join();
  REQUIRE(messages.size() == 3);
  CHECK(messages[0] == FromAgent(ServiceRequest{1, tcp(8443), "web", {}}));
  CHECK(messages[1] == FromAgent(ServiceRequest{
                           2, udp(875), "quotas", {{kQuotas, 1}, {kQuotas, 2}, {kOther, 7}}}));
  CHECK(messages[2] == FromAgent(ServiceRequest{3, udp(876), "here", {{kQuotas, 3}}}));
  node.grant(messages);
  node.services.parted();
  node.join();
  CHECK(node.presented[1] ==
        OfferedService{udp(875), "quotas", true, {{kQuotas, 1}, {kQuotas, 2}, {kOther, 7}}});
}

TEST_CASE("programs that a user registers at another one's socket are not told") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas}}});
  node.programs = {{kQuotas, udp(875), {}, {1}}, {kQuotas, udp(875), kUser + 1, {2}}};
  node.listening = {udp(875)};
  CHECK(node.join() == Services::Messages{ServiceRequest{1, udp(875), "quotas", {{kQuotas, 1}}}});
}

TEST_CASE("a program that registers one more version is told again, and stays the node's") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas}}});
  node.programs = {{kQuotas, udp(875), {}, {1}}};
  node.listening = {udp(875)};
  const auto first = node.join();
  const RpcVersions both{{kQuotas, 1}, {kQuotas, 2}};

  SECTION("of a service that is registered") {
    node.grant(first);
    node.lines.clear();
    node.programs[0].versions = {1, 2};
    const auto again = node.look();
    REQUIRE(again == Services::Messages{ServiceRequest{2, udp(875), "quotas", both}});
    CHECK(node.services.present(node.now).at(0).held);
    CHECK(node.look().empty());
    node.answer(again[0], ServiceResult::granted);
    CHECK(node.lines.empty());
    CHECK(node.look().empty());
  }
  SECTION("of one that another node turns out to have") {
    node.grant(first);
    node.programs[0].versions = {1, 2};
    node.answer(node.look().at(0), ServiceResult::program_taken, "beta");
    CHECK(
        node.logged("event=service_refused service=quotas port=875/udp reason=program-taken "
                    "owner=beta"));
    CHECK_FALSE(node.services.present(node.now).at(0).held);
    node.now += Services::kAskAgain;
    CHECK(node.look() == Services::Messages{ServiceRequest{3, udp(875), "quotas", both}});
  }
  SECTION("while the first request is under way: its answer counts no more") {
    node.programs[0].versions = {1, 2};
    CHECK(node.look() == Services::Messages{ServiceRequest{2, udp(875), "quotas", both}});
    node.answer(first[0], ServiceResult::granted);
    CHECK_FALSE(node.services.present(node.now).at(0).held);
  }
  SECTION("while the agent is not joined: the Join says so") {
    node.grant(first);
    node.services.parted();
    node.programs[0].versions = {1, 2};
    CHECK(node.join().empty());
    CHECK(node.presented[0] == OfferedService{udp(875), "quotas", true, both});
  }
  SECTION("between Join and Welcome") {
    node.grant(first);
    node.services.parted();
    static_cast<void>(node.services.present(node.now));
    node.programs[0].versions = {1, 2};
    CHECK(node.look().empty());
    CHECK(node.services.joined(welcome({}, true), node.now) ==
          Services::Messages{ServiceRequest{2, udp(875), "quotas", both}});
  }
}

TEST_CASE("a program of which the gateway does not tell is named") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas}}});
  node.programs = {{kQuotas, udp(875), {}, {1}}};
  node.listening = {udp(875)};
  const auto messages = node.join();
  node.services.answered({1, ServiceResult::granted, "", true}, node.now);
  CHECK(node.logged("event=service_registered service=quotas port=875/udp"));
  CHECK(node.logged("event=program_untold service=quotas port=875/udp reason=not-allowed"));
}

TEST_CASE("more versions of programs than a node may have are not told") {
  Node node(Offers{.ports = {}, .programs = {{"quotas", kQuotas}}});
  node.programs = {{kQuotas, udp(875), {}, {}}, {kQuotas, udp(876), {}, {1}}};
  for (std::uint32_t version = 1; version <= kMaxPrograms; ++version) {
    node.programs[0].versions.push_back(version);
  }
  node.listening = {udp(875), udp(876)};
  const auto messages = node.join();
  REQUIRE(messages.size() == 2);
  CHECK(std::get<ServiceRequest>(messages[0]).programs.size() == kMaxPrograms);
  CHECK(std::get<ServiceRequest>(messages[1]).programs.empty());
  CHECK(node.logged("event=programs_too_many most=256"));
  node.lines.clear();
  node.look();
  CHECK(node.lines.empty());
}

}  // namespace encluster::agent
