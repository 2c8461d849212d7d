#include "switching/connection_table.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace encluster::switching {
namespace {

using Insert = ConnectionTable::Insert;
constexpr std::uint64_t kSeed = 0x5eed;
constexpr std::uint8_t kAnswered = connection_flag::answered;

ConnectionKey key(std::uint32_t remote, std::uint16_t remote_port, std::uint16_t cluster_port) {
  return {.remote = Ipv4Address(remote),
          .remote_port = PortNumber(remote_port),
          .cluster_port = PortNumber(cluster_port)};
}

/// A different connection for each number.
ConnectionKey numbered(std::uint32_t number) {
  return key(0x0a000000 + number / 50000, static_cast<std::uint16_t>(1024 + number % 50000), 513);
}

ConnectionTable::InsertResult add(ConnectionTable& table, const ConnectionKey& wanted,
                                  std::uint8_t flags = kAnswered, Seconds deadline = 100) {
  return table.insert(wanted, wanted.alias_node, PortNumber{}, 0, flags, deadline);
}

ConnectionTable table_of(std::uint32_t connections, std::uint32_t embryonic = 1000) {
  return ConnectionTable({.connections = connections, .embryonic = embryonic}, kSeed);
}

TEST_CASE("An inserted connection is found with all it was given") {
  ConnectionTable table = table_of(10);
  const ConnectionKey wanted = key(0xc0000201, 1023, 514);
  const auto result = table.insert(wanted, NodeId(7), PortNumber(std::uint16_t{1022}), 3,
                                   kAnswered | connection_flag::opened_by_node, 42);
  REQUIRE(result.outcome == Insert::done);
  Connection* found = table.find(wanted);
  REQUIRE(found == result.connection);
  CHECK(found->node == 7);
  CHECK(found->other_port == 1022);
  CHECK(found->service == 3);
  CHECK(found->deadline == 42);
  CHECK(found->has(connection_flag::opened_by_node));
  CHECK(table.key_of(*found) == wanted);
  CHECK(table.size() == 1);
}

TEST_CASE("A connection is found by its whole key only") {
  ConnectionTable table = table_of(10);
  const ConnectionKey wanted = key(1, 2, 3);
  REQUIRE(add(table, wanted).outcome == Insert::done);
  CHECK(table.find(key(2, 2, 3)) == nullptr);
  CHECK(table.find(key(1, 3, 3)) == nullptr);
  CHECK(table.find(key(1, 2, 4)) == nullptr);
  ConnectionKey udp = wanted;
  udp.protocol = Protocol::udp;
  CHECK(table.find(udp) == nullptr);
  ConnectionKey alias = wanted;
  alias.alias = true;
  CHECK(table.find(alias) == nullptr);
  CHECK(table.find(wanted) != nullptr);
}

TEST_CASE("Aliases of two nodes with one port are two records") {
  ConnectionTable table = table_of(10);
  ConnectionKey alias = key(1, 2, 1023);
  alias.alias = true;
  for (const std::uint16_t node : {std::uint16_t{1}, std::uint16_t{2}}) {
    alias.alias_node = NodeId(node);
    const PortNumber cluster_port(static_cast<std::uint16_t>(1000 + node));
    REQUIRE(table.insert(alias, alias.alias_node, cluster_port, kNoService, kAnswered, 0).outcome ==
            Insert::done);
  }
  CHECK(table.size() == 2);
  alias.alias_node = NodeId(std::uint16_t{2});
  REQUIRE(table.find(alias) != nullptr);
  CHECK(table.find(alias)->other_port == 1002);
  CHECK(table.key_of(*table.find(alias)) == alias);
  alias.alias_node = NodeId(std::uint16_t{3});
  CHECK(table.find(alias) == nullptr);
}

TEST_CASE("A key is inserted once, and the existing record is handed out") {
  ConnectionTable table = table_of(10);
  Connection* first = add(table, numbered(1)).connection;
  const auto again = add(table, numbered(1), 0, 5);
  CHECK(again.outcome == Insert::exists);
  CHECK(again.connection == first);
  CHECK(first->deadline == 100);
  CHECK(table.size() == 1);
}

TEST_CASE("The limit of connections is exact at every size") {
  for (const std::uint32_t limit : {0u, 1u, 2u, 3u, 7u, 10u, 64u, 1000u, 100000u}) {
    ConnectionTable table = table_of(limit);
    for (std::uint32_t i = 0; i < limit; ++i) {
      REQUIRE(add(table, numbered(i)).outcome == Insert::done);
    }
    CHECK(add(table, numbered(limit)).outcome == Insert::table_full);
    CHECK(add(table, numbered(limit)).connection == nullptr);
    CHECK(table.size() == limit);
    for (std::uint32_t i = 0; i < limit; ++i) {
      REQUIRE(table.find(numbered(i)) != nullptr);
      REQUIRE(table.key_of(*table.find(numbered(i))) == numbered(i));
    }
  }
}

TEST_CASE("A full table finds room again for as many as were erased") {
  constexpr std::uint32_t kLimit = 5000;
  ConnectionTable table = table_of(kLimit);
  for (std::uint32_t i = 0; i < kLimit; ++i) add(table, numbered(i));
  for (std::uint32_t i = 0; i < 20 * kLimit; ++i) {
    table.erase(*table.find(numbered(i)));
    REQUIRE(add(table, numbered(i + kLimit)).outcome == Insert::done);
    REQUIRE(table.find(numbered(i)) == nullptr);
  }
  CHECK(table.size() == kLimit);
}

TEST_CASE("A connection takes at most 32 bytes") {
  for (const std::uint32_t limit : {10000u, 65536u, 1000000u}) {
    CHECK(table_of(limit).memory_bytes() <= std::size_t{32} * limit);
  }
}

TEST_CASE("Embryonic connections are bounded apart, and counted through flags and erasure") {
  ConnectionTable table = table_of(10, 2);
  Connection* first = add(table, numbered(1), 0).connection;
  add(table, numbered(2), 0);
  CHECK(table.embryonic() == 2);
  CHECK(add(table, numbered(3), 0).outcome == Insert::embryonic_full);
  CHECK(add(table, numbered(3), kAnswered).outcome == Insert::done);
  CHECK(add(table, numbered(1), 0).outcome == Insert::exists);

  first = table.find(numbered(1));
  table.set_flags(*first, kAnswered | connection_flag::fin_node);
  CHECK(table.embryonic() == 1);
  table.set_flags(*first, kAnswered);
  CHECK(table.embryonic() == 1);
  CHECK(add(table, numbered(4), 0).outcome == Insert::done);
  table.erase(*table.find(numbered(2)));
  CHECK(table.embryonic() == 1);
}

TEST_CASE("Connections are counted by node where they belong to a service and are no alias") {
  ConnectionTable table = table_of(10);
  const NodeId one(std::uint16_t{1});
  const NodeId highest(kMaxNodeId);
  REQUIRE(table.by_node().size() == std::size_t{kMaxNodeId} + 1);
  table.insert(numbered(1), one, PortNumber{}, 0, kAnswered, 0);
  table.insert(numbered(2), one, PortNumber{}, kNoService, kAnswered, 0);
  ConnectionKey alias = numbered(3);
  alias.alias = true;
  alias.alias_node = one;
  table.insert(alias, one, PortNumber{}, 0, kAnswered, 0);
  CHECK(table.by_node()[1] == 1);

  table.reassign(*table.find(numbered(2)), highest, PortNumber(std::uint16_t{600}), 4);
  CHECK(table.by_node()[kMaxNodeId] == 1);
  CHECK(table.find(numbered(2))->other_port == 600);
  table.reassign(*table.find(numbered(1)), highest, PortNumber{}, kNoService);
  CHECK(table.by_node()[1] == 0);
  CHECK(table.by_node()[kMaxNodeId] == 1);
  table.erase(*table.find(numbered(2)));
  CHECK(table.by_node()[kMaxNodeId] == 0);
}

TEST_CASE("A sweep offers what has expired, and keeps what was given a new deadline") {
  ConnectionTable table = table_of(100);
  for (std::uint32_t i = 0; i < 100; ++i) add(table, numbered(i), kAnswered, i);
  std::size_t offered = 0;
  table.sweep(table.bucket_count(), 50, [&](Connection& connection) {
    ++offered;
    if (connection.deadline % 2 == 0) return true;
    connection.deadline = 1000;
    return false;
  });
  CHECK(offered == 50);
  CHECK(table.size() == 75);
  CHECK(table.find(numbered(48)) == nullptr);
  CHECK(table.find(numbered(49)) != nullptr);
  CHECK(table.find(numbered(50)) != nullptr);
}

TEST_CASE("Sweeps of a few buckets reach every record in turn") {
  ConnectionTable table = table_of(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) add(table, numbered(i), kAnswered, 1);
  for (std::uint32_t done = 0; done < table.bucket_count(); done += 8) {
    const std::uint32_t before = table.size();
    table.sweep(8, 2, [](Connection&) { return true; });
    CHECK(before - table.size() <= 24);
  }
  CHECK(table.size() == 0);
}

TEST_CASE("A sweep may erase a connection's alias along with it") {
  ConnectionTable table = table_of(10);
  ConnectionKey alias = numbered(1);
  alias.alias = true;
  add(table, numbered(1), kAnswered, 1);
  add(table, alias, kAnswered, 1000);
  table.sweep(table.bucket_count(), 2, [&](Connection& connection) {
    CHECK(table.key_of(connection) == numbered(1));
    table.erase(*table.find(alias));
    return true;
  });
  CHECK(table.size() == 0);
}

TEST_CASE("A list visits every record once, page by page") {
  ConnectionTable table = table_of(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) add(table, numbered(i));
  for (const std::uint32_t buckets : {1u, 7u, 100000u}) {
    std::vector<unsigned> seen(1000);
    std::uint32_t cursor = 0;
    do {
      std::size_t page = 0;
      cursor = table.list(cursor, buckets, [&](const Connection& connection) {
        ++seen[connection.remote_port - 1024u];
        return ++page < 10;
      });
      CHECK(page <= 12);
    } while (cursor != 0);
    CHECK(seen == std::vector<unsigned>(1000, 1));
  }
}

TEST_CASE("A list of an empty table, or from beyond its end, is empty") {
  const ConnectionTable table = table_of(10);
  const auto refuse = [](const Connection&) {
    FAIL("no record expected");
    return true;
  };
  CHECK(table.list(0, 1000, refuse) == 0);
  CHECK(table.list(1u << 31, 1000, refuse) == 0);
}

}  // namespace
}  // namespace encluster::switching
