#include "mount/mount.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "support/rpc.hpp"

namespace encluster::mount {
namespace {

using namespace encluster::test;

constexpr std::uint32_t kProgram = 100005;
constexpr std::uint16_t kPort = 20048;
constexpr NodeId kAlpha(1);
constexpr NodeId kBeta(2);
constexpr PortNumber kAlphaPort(892);
constexpr PortNumber kListsPort(16400);
constexpr Ipv4Prefix kFriends{Ipv4Address(192, 0, 2, 0), 24};
enum Number : std::uint32_t { null, mnt, dump, umnt, umntall, exports, exportall, pathconf };

ServiceConfig config() {
  ServiceConfig config;
  config.protocol = Protocol::udp;
  config.port = PortNumber(kPort);
  return config;
}

ClusterView view() {
  return {.nodes = {kGateway, kAlpha, kBeta},
          .exports = {{.path = "/export/alpha", .node = kAlpha},
                      {.path = "/export/beta", .node = kBeta, .keys = {}, .clients = {kFriends}},
                      {.path = "/export/beta/more", .node = kBeta},
                      {.path = "/export/own", .node = kGateway}},
          .mount_ports = {{kAlpha, kAlphaPort}},
          .mount_lists_port = kListsPort};
}

struct Fixture {
  std::shared_ptr<const RoutingFunction> function = make_mount(config(), view());

  Routed ask(std::uint32_t version, std::uint32_t procedure, const Asker& asker = {}) const {
    return route_call(*function, kPort, rpc_call(kProgram, version, procedure).bytes(), asker);
  }
  Routed ask(std::uint32_t version, std::uint32_t procedure, const std::string& path,
             const Asker& asker = {}) const {
    return route_call(*function, kPort,
                      rpc_call(kProgram, version, procedure).variable(path).bytes(), asker);
  }
};

const Asker kNode{.remote = Ipv4Address(10, 77, 0, 13), .from_node = true};
const Asker kFriend{.remote = Ipv4Address(192, 0, 2, 7)};

bool goes_to(const Routed& routed, NodeId node, PortNumber port = PortNumber(kPort)) {
  return routed.verdict == Verdict::forward && routed.node == node && routed.port == port;
}

bool answers(const Routed& routed, const Xdr& reply, DropReason reason = DropReason::none) {
  return routed.verdict == Verdict::answer && routed.reply == reply.bytes() &&
         routed.reason == reason;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a directory is asked for where it resides, in every version") {
  for (const std::uint32_t version : {1U, 2U, 3U}) {
    CHECK(goes_to(ask(version, mnt, "/export/alpha/x"), kAlpha, kAlphaPort));
    CHECK(goes_to(ask(version, mnt, "export//alpha/"), kAlpha, kAlphaPort));
    CHECK(goes_to(ask(version, umnt, "/export/beta"), kBeta));
    CHECK(goes_to(ask(version, mnt, "/export/own/x"), kGateway));
  }
  CHECK(goes_to(ask(2, pathconf, "/export/alpha"), kAlpha, kAlphaPort));
}

TEST_CASE_METHOD(Fixture, "what is not exported is the gateway's own") {
  CHECK(goes_to(ask(3, mnt, "/etc"), kGateway));
  CHECK(goes_to(ask(3, umnt, "/export"), kGateway));
  CHECK(goes_to(ask(3, mnt, "/export/alpha/../../etc"), kGateway));
}

TEST_CASE_METHOD(Fixture, "an export is for its clients, and for the nodes") {
  const Xdr refused = rpc_reply(0).number(13);
  CHECK(answers(ask(3, mnt, "/export/beta/x"), refused, DropReason::client_denied));
  CHECK(answers(ask(1, mnt, "/export/beta/x"), refused, DropReason::client_denied));
  CHECK(goes_to(ask(3, mnt, "/export/beta/x", kFriend), kBeta));
  CHECK(goes_to(ask(3, mnt, "/export/beta/x", kNode), kBeta));
  CHECK(goes_to(ask(3, mnt, "/export/beta/more"), kBeta));
  CHECK(goes_to(ask(3, umnt, "/export/beta/x"), kBeta));
}

TEST_CASE_METHOD(Fixture, "a node is never sent to the gateway") {
  const Xdr refused = rpc_reply(0).number(13);
  CHECK(answers(ask(3, mnt, "/export/own", kNode), refused, DropReason::not_exported));
  CHECK(answers(ask(3, mnt, "/etc", kNode), refused, DropReason::not_exported));
  CHECK(answers(ask(3, umnt, "/etc", kNode), rpc_reply(0)));
  CHECK(answers(ask(3, dump, kNode), rpc_reply(0).number(0)));
  CHECK(ask(3, umntall, kNode).copies ==
        std::vector<NodePort>{{kAlpha, kAlphaPort}, {kBeta, PortNumber(kPort)}});
}

TEST_CASE("while nodes have not told what they export, nothing is denied for it") {
  ClusterView early = view();
  early.recovering = true;
  const auto function = make_mount(config(), early);
  const auto ask = [&](std::uint32_t procedure, const char* path) {
    return route_call(*function, kPort, rpc_call(kProgram, 3, procedure).variable(path).bytes());
  };
  CHECK(goes_to(ask(mnt, "/export/alpha/x"), kAlpha, kAlphaPort));
  CHECK(ask(mnt, "/etc").reason == DropReason::recovering);
  CHECK(ask(umntall, "/").reason == DropReason::recovering);
  CHECK(ask(exports, "/").reason == DropReason::recovering);
  CHECK(ask(dump, "/").reason == DropReason::recovering);
  CHECK(answers(ask(null, "/"), rpc_reply(0)));
}

TEST_CASE("where only the gateway exports, a node's UMNTALL is answered") {
  ClusterView own = view();
  own.exports = {own.exports.back()};
  REQUIRE(own.exports.front().node == kGateway);
  const auto function = make_mount(config(), own);
  const Bytes call = rpc_call(kProgram, 3, umntall).bytes();
  CHECK(answers(route_call(*function, kPort, call, kNode), rpc_reply(0)));
  CHECK(route_call(*function, kPort, call).verdict == Verdict::copy);
}

TEST_CASE("a gateway that exports nothing is asked nothing") {
  ClusterView nodes = view();
  nodes.exports.pop_back();
  const auto function = make_mount(config(), nodes);
  const auto ask = [&](std::uint32_t procedure) {
    return route_call(*function, kPort, rpc_call(kProgram, 3, procedure).variable("/etc").bytes());
  };
  CHECK(answers(ask(mnt), rpc_reply(0).number(13), DropReason::not_exported));
  CHECK(answers(ask(umnt), rpc_reply(0)));
  // PATHCONF's answer has no status.
  const Bytes call = rpc_call(kProgram, 2, pathconf).variable("/etc").bytes();
  CHECK(answers(route_call(*function, kPort, call), rpc_reply(3), DropReason::not_exported));
}

TEST_CASE_METHOD(Fixture, "NULL is answered, and DUMP asked of who knows the whole cluster's") {
  for (const std::uint32_t version : {1U, 2U, 3U}) {
    CHECK(answers(ask(version, null), rpc_reply(0)));
    CHECK(goes_to(ask(version, dump), kGateway, kListsPort));
  }
}

TEST_CASE_METHOD(Fixture,
                 "UMNTALL is answered, and reaches all that have exports, each at its own port") {
  const Routed routed = ask(3, umntall);
  CHECK(routed.verdict == Verdict::copy);
  CHECK(routed.reply == rpc_reply(0).bytes());
  CHECK(routed.copies == std::vector<NodePort>{{kGateway, PortNumber(kPort)},
                                               {kAlpha, kAlphaPort},
                                               {kBeta, PortNumber(kPort)}});
}

TEST_CASE("without exports, UMNTALL is answered, and the list is empty") {
  const auto function = make_mount(config(), {});
  const auto ask = [&](std::uint32_t procedure) {
    return route_call(*function, kPort, rpc_call(kProgram, 3, procedure).bytes());
  };
  CHECK(answers(ask(umntall), rpc_reply(0)));
  CHECK(answers(ask(exports), rpc_reply(0).number(0)));
}

TEST_CASE_METHOD(Fixture, "EXPORT tells the cluster's exports with their clients") {
  Xdr list = rpc_reply(0);
  list.number(1).variable("/export/alpha").number(0);
  list.number(1).variable("/export/beta").number(1).variable("192.0.2.0/24").number(0);
  list.number(1).variable("/export/beta/more").number(0);
  list.number(1).variable("/export/own").number(0).number(0);
  for (const std::uint32_t version : {1U, 2U, 3U}) CHECK(answers(ask(version, exports), list));
  CHECK(answers(ask(1, exportall), list));
  CHECK(answers(ask(3, exports, kNode), list));
}

TEST_CASE("a list that is too long for a datagram of any network is told elsewhere") {
  ClusterView many;
  many.mount_lists_port = kListsPort;
  for (int i = 0; i < 50; ++i) {
    many.exports.push_back({.path = "/export/" + std::to_string(i), .node = kAlpha});
  }
  const auto function = make_mount(config(), many);
  const Bytes call = rpc_call(kProgram, 3, exports).bytes();
  CHECK(goes_to(route_call(*function, kPort, call), kGateway, kListsPort));
  CHECK(route_call(*function, kPort, call, kNode).reply == rpc_reply(3).bytes());
}

TEST_CASE_METHOD(Fixture, "procedures, versions and programs that are not there are answered so") {
  CHECK(answers(ask(3, exportall), rpc_reply(3), DropReason::rpc_unavailable));
  CHECK(answers(ask(1, pathconf), rpc_reply(3), DropReason::rpc_unavailable));
  CHECK(answers(ask(2, 8), rpc_reply(3), DropReason::rpc_unavailable));
  CHECK(answers(ask(4, null), rpc_reply(2).number(1).number(3), DropReason::rpc_unavailable));
  CHECK(answers(route_call(*function, kPort, rpc_call(100003, 3, 0).bytes()), rpc_reply(1),
                DropReason::rpc_unavailable));
}

TEST_CASE_METHOD(Fixture, "lengths that lie are dropped by name") {
  CHECK(ask(3, mnt).reason == DropReason::rpc_arguments);
  CHECK(ask(3, mnt, "").reason == DropReason::rpc_arguments);
  CHECK(ask(3, mnt, std::string(1025, 'a')).reason == DropReason::rpc_arguments);
  const Bytes lie = rpc_call(kProgram, 3, mnt).number(0xffffffff).bytes();
  CHECK(route_call(*function, kPort, lie).reason == DropReason::rpc_arguments);
  Bytes cut = rpc_call(kProgram, 3, mnt).bytes();
  cut.pop_back();
  CHECK(route_call(*function, kPort, cut).reason == DropReason::rpc_header);
}

TEST_CASE("plugin mount has no options, and serves UDP") {
  ServiceConfig wrong = config();
  wrong.options["export"] = "/";
  CHECK_THROWS_AS(make_mount(wrong, view()), ServiceError);
  wrong = config();
  wrong.protocol = Protocol::tcp;
  CHECK_THROWS_AS(make_mount(wrong, view()), ServiceError);
}

TEST_CASE_METHOD(Fixture, "the ports of nodes are told, so that their answers can be shown") {
  CHECK(function->node_ports() ==
        std::vector<NodePort>{{kAlpha, kAlphaPort}, {kGateway, kListsPort}});
}

TEST_CASE("where nothing else is known, lists are told at the service's port") {
  ClusterView plain = view();
  plain.mount_lists_port = PortNumber();
  const auto function = make_mount(config(), plain);
  const Bytes call = rpc_call(kProgram, 3, dump).bytes();
  CHECK(goes_to(route_call(*function, kPort, call), kGateway));
  CHECK(function->node_ports() == std::vector<NodePort>{{kAlpha, kAlphaPort}});
}

}  // namespace encluster::mount
