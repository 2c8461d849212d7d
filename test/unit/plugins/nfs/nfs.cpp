#include "nfs/nfs.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "support/rpc.hpp"

namespace encluster::nfs {
namespace {

using namespace encluster::test;

constexpr std::uint16_t kPort = 2049;
constexpr std::uint32_t kNfs = 100003;
constexpr std::uint32_t kAcl = 100227;
constexpr NodeId kAlpha(1);
constexpr NodeId kBeta(2);
constexpr NodeId kGamma(3);
const Asker kNode{.remote = Ipv4Address(10, 77, 0, 13), .from_node = true};
const Asker kFriend{.remote = Ipv4Address(192, 0, 2, 7)};

/// A handle of Ganesha's, of this export.
Bytes handle_of(unsigned id, std::size_t size = 24) {
  Bytes handle(size, std::byte{0x5a});
  handle[0] = std::byte{0x43};
  handle[1] = std::byte{0};
  handle[2] = static_cast<std::byte>(id >> 8);
  handle[3] = static_cast<std::byte>(id & 0xff);
  return handle;
}
Bytes second_handle_of(unsigned id) { return handle_of(id, 32); }

FileSystemKey key(unsigned id) {
  const Bytes handle = handle_of(id);
  return {FileSystemKeyKind::ganesha, 0, std::span(handle).subspan(2, 2)};
}

ServiceConfig config() {
  ServiceConfig config;
  config.protocol = Protocol::udp;
  config.port = PortNumber(kPort);
  return config;
}

ClusterView view() {
  return {.nodes = {kGateway, kAlpha, kBeta, kGamma},
          .exports = {{.path = "/a", .node = kAlpha, .keys = {key(1), key(11)}},
                      {.path = "/b", .node = kBeta, .keys = {key(2)}},
                      {.path = "/c",
                       .node = kGamma,
                       .keys = {key(3)},
                       .clients = {{Ipv4Address(192, 0, 2, 0), 24}}}},
          .mount_ports = {}};
}

/// With a file system of the gateway's own.
ClusterView view_with_gateway() {
  ClusterView all = view();
  all.exports.push_back({.path = "/own", .node = kGateway, .keys = {key(9)}});
  return all;
}

/// What a call is made of: `kinds` has a character for each procedure: h one handle, n handle,
/// name, handle, l handle, handle, name; 0 nothing.
struct Protocol3 {
  std::uint32_t program;
  std::uint32_t version;
  std::string kinds;
  std::string failure_words;  ///< digits
};
const std::array<Protocol3, 4> kProtocols{
    {{kNfs, 2, "0hh0hhh0hhhnlhhhhh", "000000000000000000"},
     {kNfs, 3, "0hhhhhhhhhhhhhnlhhhhhh", "0021111222222243111112"},
     {kAcl, 2, "0hhhhh", "000000"},
     {kAcl, 3, "0hhh", "0111"}}};

Bytes call_of(const Protocol3& protocol, std::uint32_t procedure, unsigned first, unsigned second) {
  Xdr call = rpc_call(protocol.program, protocol.version, procedure);
  const auto add = [&](unsigned id) {
    if (protocol.version == 2) {
      call.fixed(second_handle_of(id));
    } else {
      call.variable(handle_of(id));
    }
  };
  const char kind = protocol.kinds[procedure];
  if (kind == '0') return call.bytes();
  add(first);
  if (kind == 'n') call.variable("name");
  if (kind == 'n' || kind == 'l') add(second);
  return call.variable("new").bytes();
}

Xdr failure(const Protocol3& protocol, std::uint32_t procedure, std::uint32_t status) {
  Xdr reply = rpc_reply(0).number(status);
  for (char words = '0'; words < protocol.failure_words[procedure]; ++words) reply.number(0);
  return reply;
}

bool goes_to(const Routed& routed, NodeId node) {
  return routed.verdict == Verdict::forward && routed.node == node &&
         routed.port == PortNumber(kPort);
}

bool answers(const Routed& routed, const Xdr& reply, DropReason reason = DropReason::none) {
  return routed.verdict == Verdict::answer && routed.reply == reply.bytes() &&
         routed.reason == reason;
}

/// Calls `check` with each procedure that has a handle.
template <typename Check>
void for_each_procedure(Check check) {
  for (const Protocol3& protocol : kProtocols) {
    for (std::uint32_t procedure = 0; procedure < protocol.kinds.size(); ++procedure) {
      INFO(protocol.program << " version " << protocol.version << " procedure " << procedure);
      if (protocol.kinds[procedure] != '0') check(protocol, procedure);
    }
  }
}

struct Fixture {
  std::shared_ptr<const RoutingFunction> function = make_nfs(config(), view());
  std::shared_ptr<const RoutingFunction> with_gateway = make_nfs(config(), view_with_gateway());

  Routed ask(const Bytes& call, const Asker& asker = {}) const {
    return route_call(*function, kPort, call, asker);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "every procedure goes where its file system is") {
  for_each_procedure([&](const Protocol3& protocol, std::uint32_t procedure) {
    CHECK(goes_to(ask(call_of(protocol, procedure, 1, 11)), kAlpha));
    CHECK(goes_to(ask(call_of(protocol, procedure, 2, 2)), kBeta));
    CHECK(goes_to(ask(call_of(protocol, procedure, 2, 2), kNode), kBeta));
  });
}

TEST_CASE_METHOD(Fixture, "handles of no export are stale, with the body that the procedure has") {
  for_each_procedure([&](const Protocol3& protocol, std::uint32_t procedure) {
    const Xdr stale = failure(protocol, procedure, 70);
    CHECK(answers(ask(call_of(protocol, procedure, 99, 1)), stale, DropReason::not_exported));
    if (protocol.kinds[procedure] == 'h') return;
    CHECK(answers(ask(call_of(protocol, procedure, 1, 99)), stale, DropReason::not_exported));
  });
}

TEST_CASE("while nodes have not told what they export, nothing is denied for it") {
  ClusterView early = view();
  early.recovering = true;
  const auto function = make_nfs(config(), early);
  for_each_procedure([&](const Protocol3& protocol, std::uint32_t procedure) {
    const auto ask = [&](unsigned first, unsigned second) {
      return route_call(*function, kPort, call_of(protocol, procedure, first, second));
    };
    CHECK(goes_to(ask(1, 11), kAlpha));
    CHECK(ask(99, 1).reason == DropReason::recovering);
    if (protocol.kinds[procedure] == 'h') return;
    CHECK(ask(1, 99).reason == DropReason::recovering);
    CHECK(ask(1, 2).reason == DropReason::other_file_system);
  });
}

TEST_CASE_METHOD(Fixture, "to rename or link across nodes is refused") {
  for_each_procedure([&](const Protocol3& protocol, std::uint32_t procedure) {
    if (protocol.kinds[procedure] == 'h') return;
    const Xdr refused = failure(protocol, procedure, protocol.version == 2 ? 13 : 18);
    CHECK(answers(ask(call_of(protocol, procedure, 1, 2)), refused, DropReason::other_file_system));
  });
}

TEST_CASE_METHOD(Fixture, "an export is for its clients, and for the nodes") {
  for_each_procedure([&](const Protocol3& protocol, std::uint32_t procedure) {
    const Bytes call = call_of(protocol, procedure, 3, 3);
    CHECK(answers(ask(call), failure(protocol, procedure, 13), DropReason::client_denied));
    CHECK(goes_to(ask(call, kFriend), kGamma));
    CHECK(goes_to(ask(call, kNode), kGamma));
    if (protocol.kinds[procedure] == 'h') return;
    CHECK(answers(ask(call_of(protocol, procedure, 1, 3)), failure(protocol, procedure, 13),
                  DropReason::client_denied));
  });
}

TEST_CASE_METHOD(Fixture, "a name in front of a handle is as long as its version allows") {
  const auto rename = [&](std::size_t length) {
    Xdr call = rpc_call(kNfs, 2, 11);
    call.fixed(second_handle_of(1)).variable(std::string(length, 'n')).fixed(second_handle_of(1));
    return ask(call.bytes());
  };
  CHECK(goes_to(rename(255), kAlpha));
  CHECK(rename(256).reason == DropReason::rpc_arguments);
}

TEST_CASE_METHOD(Fixture,
                 "where the gateway exports, it gets what nobody has, but not from nodes") {
  for_each_procedure([&](const Protocol3& protocol, std::uint32_t procedure) {
    for (const unsigned id : {9U, 99U}) {
      const Bytes call = call_of(protocol, procedure, id, id);
      CHECK(goes_to(route_call(*with_gateway, kPort, call), kGateway));
      CHECK(answers(route_call(*with_gateway, kPort, call, kNode), failure(protocol, procedure, 70),
                    DropReason::not_exported));
    }
    if (protocol.kinds[procedure] == 'h') return;
    CHECK(route_call(*with_gateway, kPort, call_of(protocol, procedure, 1, 99)).reason ==
          DropReason::other_file_system);
  });
}

TEST_CASE_METHOD(Fixture, "procedures without a handle are answered") {
  for (const Protocol3& protocol : kProtocols) {
    const auto count = static_cast<std::uint32_t>(protocol.kinds.size());
    for (std::uint32_t procedure = 0; procedure < count; ++procedure) {
      if (protocol.kinds[procedure] != '0') continue;
      CHECK(answers(ask(call_of(protocol, procedure, 0, 0)), rpc_reply(0)));
    }
    for (const std::uint32_t procedure : {count, count + 1, 0xffffffffU}) {
      CHECK(answers(ask(rpc_call(protocol.program, protocol.version, procedure).bytes()),
                    rpc_reply(3), DropReason::rpc_unavailable));
    }
  }
}

TEST_CASE_METHOD(Fixture, "programs and versions that are not there are answered so") {
  CHECK(answers(ask(rpc_call(kNfs, 4, 0).bytes()), rpc_reply(2).number(2).number(3),
                DropReason::rpc_unavailable));
  CHECK(answers(ask(rpc_call(kAcl, 1, 0).bytes()), rpc_reply(2).number(2).number(3),
                DropReason::rpc_unavailable));
  CHECK(answers(ask(rpc_call(100021, 4, 0).bytes()), rpc_reply(1), DropReason::rpc_unavailable));
  Bytes other_rpc = rpc_call(kNfs, 3, 0).bytes();
  other_rpc[11] = std::byte{1};
  const Routed routed = ask(other_rpc);
  CHECK(routed.reason == DropReason::rpc_unavailable);
  CHECK(routed.reply.size() == 24);
}

TEST_CASE_METHOD(Fixture,
                 "arguments that end too soon, or whose lengths lie, are dropped by name") {
  for_each_procedure([&](const Protocol3& protocol, std::uint32_t procedure) {
    const Bytes whole = call_of(protocol, procedure, 1, 1);
    constexpr std::size_t kHeader = 40;
    const std::size_t needed = whole.size() - 8;  // a name of no concern follows
    for (std::size_t size = kHeader; size < needed; size += 4) {
      CHECK(ask(Bytes(whole.begin(), whole.begin() + static_cast<long>(size))).reason ==
            DropReason::rpc_arguments);
    }
    CHECK(goes_to(ask(Bytes(whole.begin(), whole.begin() + static_cast<long>(needed))), kAlpha));
  });
  for (const std::uint32_t length : {65U, 0x80000000U, 0xfffffffdU, 0xffffffffU}) {
    Xdr call = rpc_call(kNfs, 3, 6).number(length);
    for (int i = 0; i < 20; ++i) call.number(0);
    CHECK(ask(call.bytes()).reason == DropReason::rpc_arguments);
  }
  Bytes cut = rpc_call(kNfs, 3, 1).bytes();
  cut.pop_back();
  CHECK(ask(cut).reason == DropReason::rpc_header);
  CHECK(ask({}).reason == DropReason::rpc_header);
}

TEST_CASE_METHOD(Fixture, "of a call in fragments, the first decides") {
  const Asker part{.fragment = true};
  Xdr write = rpc_call(kNfs, 3, 7);
  write.variable(handle_of(2)).number(0).number(0).number(8192).number(2).number(8192);
  write.fixed(Bytes(1400));
  CHECK(goes_to(ask(write.bytes(), part), kBeta));
  const Bytes across = call_of(kProtocols[1], 14, 1, 2);
  CHECK(ask(across, part).reason == DropReason::other_file_system);
}

TEST_CASE("handles of other servers are known by a range of their bytes") {
  ServiceConfig ranged = config();
  ranged.options["handle_bytes"] = "2-3";
  ClusterView others = view();
  others.exports.push_back({.path = "/d",
                            .node = kGamma,
                            .keys = {FileSystemKey(FileSystemKeyKind::bytes, 0,
                                                   std::array{std::byte{4}, std::byte{5}})}});
  const auto function = make_nfs(ranged, others);
  const auto ask = [&](const Bytes& handle) {
    return route_call(*function, kPort, rpc_call(kNfs, 3, 1).variable(handle).bytes());
  };
  CHECK(goes_to(ask({std::byte{7}, std::byte{7}, std::byte{4}, std::byte{5}}), kGamma));
  CHECK(ask({std::byte{7}, std::byte{7}, std::byte{4}}).reason == DropReason::not_exported);
  CHECK(goes_to(ask(handle_of(1)), kAlpha));
  CHECK(goes_to(ask(handle_of(0x405)), kGamma));  // looks like Ganesha's, and is nobody's
}

TEST_CASE("wrong options are named") {
  const auto wrong = [](const std::string& option, const std::string& value) {
    ServiceConfig one = config();
    one.options[option] = value;
    try {
      static_cast<void>(make_nfs(one, view()));
    } catch (const ServiceError& error) {
      return error.key();
    }
    return std::string();
  };
  for (const char* range : {"", "-", "4-", "-4", "5-4", "0-24", "40-64", "64", "a-b", "1-2-3"}) {
    INFO(range);
    CHECK(wrong("handle_bytes", range) == "handle_bytes");
  }
  for (const char* range : {"0", "63", "0-23", "40-63"})
    CHECK(wrong("handle_bytes", range).empty());
  CHECK(wrong("handles", "1") == "handles");
  ServiceConfig tcp = config();
  tcp.protocol = Protocol::tcp;
  CHECK_THROWS_AS(make_nfs(tcp, view()), ServiceError);
}

}  // namespace encluster::nfs
