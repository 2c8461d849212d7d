#include "mount_responder/mounts.hpp"

#include <catch2/catch.hpp>

#include "support/rpc.hpp"

namespace encluster::mount_responder {
namespace {

using test::kXid;
using test::rpc_call;
using test::rpc_reply;
using test::Xdr;
using Entries = std::vector<MountEntry>;

constexpr NodeId kAlpha(1);
constexpr NodeId kBeta(2);

switching::ClusterState cluster() {
  switching::ClusterState state;
  state.interconnect.address = {Ipv4Address(10, 77, 0, 1), 24};
  state.nodes = {{"alpha", kAlpha, Ipv4Address(10, 77, 0, 11)},
                 {"beta", kBeta, Ipv4Address(10, 77, 0, 12)}};
  state.exports = {{.path = "/export/alpha", .node = kAlpha},
                   {.path = "/export/beta", .node = kBeta},
                   {.path = "/export/alpha/other", .node = kBeta}};
  return state;
}

/// What is told of one entry of a node.
std::size_t told(NodeId node, const std::string& remote, const std::string& directory) {
  Mounts mounts(cluster());
  mounts.add(node, {{remote, directory}});
  return mounts.entries().size();
}

Xdr list_of(const Entries& entries) {
  Xdr reply = rpc_reply(0);
  for (const MountEntry& entry : entries) {
    reply.number(1).variable(entry.remote).variable(entry.directory);
  }
  return reply.number(0);
}

}  // namespace

TEST_CASE("a mountd is asked by a call of version 3 without credentials") {
  CHECK(dump_call(kXid) == rpc_call(100005, 3, 2).bytes());
}

TEST_CASE("a list is read as it was sent") {
  CHECK(read_dump_reply(list_of({}).bytes(), kXid) == Entries{});
  const Entries entries{{"client.example", "/export/alpha"},
                        {"198.51.100.7", "/export/alpha/x"},
                        {std::string(255, 'n'), "/" + std::string(1023, 'd')}};
  CHECK(read_dump_reply(list_of(entries).bytes(), kXid) == entries);
}

TEST_CASE("a verifier of any flavour is passed over") {
  Xdr reply;
  for (const std::uint32_t word : {kXid, 1U, 0U, 6U}) reply.number(word);
  reply.variable("verifier!").number(0).number(0);
  CHECK(read_dump_reply(reply.bytes(), kXid) == Entries{});
  Xdr lie;
  for (const std::uint32_t word : {kXid, 1U, 0U, 6U, 401U}) lie.number(word);
  lie.fixed(test::Bytes(404)).number(0).number(0);
  CHECK_FALSE(read_dump_reply(lie.bytes(), kXid));
}

TEST_CASE("an answer to another call, a call and a refusal are no list") {
  CHECK_FALSE(read_dump_reply(list_of({}).bytes(), kXid + 1));
  CHECK_FALSE(is_reply_to(list_of({}).bytes(), kXid + 1));
  CHECK(is_reply_to(list_of({}).bytes(), kXid));
  CHECK_FALSE(is_reply_to(rpc_call(100005, 3, 2).bytes(), kXid));
  CHECK_FALSE(read_dump_reply(rpc_call(100005, 3, 2).bytes(), kXid));
  for (const std::uint32_t status : {1U, 2U, 3U, 4U, 5U, 0xffffffffU}) {
    CHECK_FALSE(read_dump_reply(rpc_reply(status).number(0).bytes(), kXid));
  }
  Xdr denied;
  for (const std::uint32_t word : {kXid, 1U, 1U, 0U, 2U, 2U}) denied.number(word);
  CHECK_FALSE(read_dump_reply(denied.bytes(), kXid));
}

TEST_CASE("a list that is cut anywhere, or goes on after its end, is none") {
  const test::Bytes whole = list_of({{"client", "/export/alpha"}, {"other", "/x"}}).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(read_dump_reply(std::span(whole).first(size), kXid));
  }
  test::Bytes more = whole;
  more.resize(more.size() + 1);
  CHECK_FALSE(read_dump_reply(more, kXid));
}

TEST_CASE("lengths that lie are no list") {
  CHECK_FALSE(read_dump_reply(
      rpc_reply(0).number(1).variable(std::string(256, 'n')).variable("/").number(0).bytes(),
      kXid));
  CHECK_FALSE(read_dump_reply(
      rpc_reply(0).number(1).variable("n").variable(std::string(1025, '/')).number(0).bytes(),
      kXid));
  CHECK_FALSE(read_dump_reply(rpc_reply(0).number(1).number(0xffffffff).number(0).bytes(), kXid));
  CHECK_FALSE(
      read_dump_reply(rpc_reply(0).number(2).variable("n").variable("/").number(0).bytes(), kXid));
}

TEST_CASE("a node's entries are told as far as they are of its own exports") {
  CHECK(told(kAlpha, "client", "/export/alpha") == 1);
  CHECK(told(kAlpha, "client", "/export/alpha/deep/er") == 1);
  CHECK(told(kAlpha, "client", "/export/beta") == 0);
  CHECK(told(kAlpha, "client", "/export/alpha/other") == 0);
  CHECK(told(kBeta, "client", "/export/alpha/other") == 1);
  CHECK(told(kAlpha, "client", "/export/alpha/../beta") == 0);
  CHECK(told(kAlpha, "client", "/etc") == 0);
  CHECK(told(kAlpha, "client", "") == 0);
  CHECK(told(kAlpha, "client", std::string("/export/alpha\0", 14)) == 0);
  CHECK(told(kAlpha, "client", "/export/alpha/\x1b[2J") == 0);
  CHECK(told(kAlpha, "client", "/export/alpha/\xc3\xa4") == 1);
}

TEST_CASE("inside addresses and nodes are no remotes to be told of") {
  CHECK(told(kAlpha, "10.77.0.12", "/export/alpha") == 0);
  CHECK(told(kAlpha, "beta", "/export/alpha") == 0);
  CHECK(told(kAlpha, "10.77.1.12", "/export/alpha") == 1);
  CHECK(told(kAlpha, "10.77.0.12.example", "/export/alpha") == 1);
  CHECK(told(kAlpha, "10.77.0.300", "/export/alpha") == 1);
  CHECK(told(kAlpha, "", "/export/alpha") == 0);
  CHECK(told(kAlpha, "a name", "/export/alpha") == 0);
  CHECK(told(kAlpha, "\x1b[2J", "/export/alpha") == 0);
  CHECK(told(kAlpha, "\xff", "/export/alpha") == 0);
}

TEST_CASE("the lists of nodes are one, each entry once") {
  Mounts mounts(cluster());
  mounts.add(kBeta, {{"b", "/export/beta"}, {"a", "/export/beta"}});
  mounts.add(kAlpha, {{"a", "/export/alpha"}, {"a", "/export/alpha"}});
  const Entries expected{{"a", "/export/alpha"}, {"a", "/export/beta"}, {"b", "/export/beta"}};
  CHECK(Entries(mounts.entries().begin(), mounts.entries().end()) == expected);
  test::Bytes reply = rpc_reply(0).bytes();
  const Bytes list = mounts.as_xdr();
  reply.insert(reply.end(), list.begin(), list.end());
  CHECK(reply == list_of(expected).bytes());
}

TEST_CASE(
    "nodes that tell without end do not fill the gateway's memory, and the list is too long") {
  Mounts mounts(cluster());
  Entries many;
  for (int i = 0; i < 3000; ++i) many.push_back({"client-" + std::to_string(i), "/export/alpha"});
  for (int round = 0; round < 50; ++round) {
    for (MountEntry& entry : many) entry.remote += 'x';
    mounts.add(kAlpha, many);
  }
  CHECK_FALSE(fits(mounts.as_xdr()));
  CHECK(mounts.entries().size() < 5000);
}

}  // namespace encluster::mount_responder
