// The connection table against a map, under random operations and a clock that only the test moves.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "switching/connection_table.hpp"

namespace encluster::switching {
namespace {

using Insert = ConnectionTable::Insert;

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  /// A number below `bound`.
  template <typename Number = std::uint32_t>
  Number below(unsigned bound) {
    return static_cast<Number>(engine_() % bound);
  }

 private:
  std::mt19937 engine_;
};

/// Few enough keys that a table of a few hundred fills up and most keys come back.
ConnectionKey random_key(Random& random) {
  constexpr std::array kProtocols{Protocol::tcp, Protocol::udp, Protocol::icmp};
  ConnectionKey key{.remote = Ipv4Address(random.below(4)),
                    .remote_port = PortNumber(random.below<std::uint16_t>(8)),
                    .cluster_port = PortNumber(random.below<std::uint16_t>(8)),
                    .protocol = kProtocols[random.below(3)],
                    .alias = random.below(4) == 0};
  if (key.alias) key.alias_node = NodeId(random.below<std::uint16_t>(4));
  return key;
}

/// A table and the map that it must agree with.
class Pair {
 public:
  Pair(const ConnectionLimits& limits, std::uint32_t seed)
      : limits_(limits), random_(seed), table_(limits, seed) {}

  void insert(Seconds now) {
    const ConnectionKey key = random_key(random_);
    const NodeId node = key.alias ? key.alias_node : NodeId(random_.below<std::uint16_t>(4));
    const auto flags = random_.below<std::uint8_t>(2);
    const auto service = random_.below(3) == 0 ? kNoService : random_.below<ServiceIndex>(2);
    const Insert expected = expected_outcome(key, flags);
    const auto result =
        table_.insert(key, node, PortNumber{}, service, flags, now + random_.below(100));
    REQUIRE(result.outcome == expected);
    if (expected == Insert::done) records_[order(key)] = *result.connection;
  }

  void find_and_change() {
    const ConnectionKey key = random_key(random_);
    Connection* found = table_.find(key);
    const auto expected = records_.find(order(key));
    REQUIRE((found != nullptr) == (expected != records_.end()));
    if (found == nullptr) return;
    REQUIRE(found->node == expected->second.node);
    REQUIRE(found->deadline == expected->second.deadline);
    const auto choice = random_.below(3);
    if (choice == 0) {
      table_.erase(*found);
      records_.erase(expected);
      return;
    }
    if (choice == 1) table_.set_flags(*found, random_.below<std::uint8_t>(4));
    if (choice == 2 && !key.alias) {
      table_.reassign(*found, NodeId(std::uint16_t{5}), PortNumber{}, 1);
    }
    expected->second = *found;
  }

  void expire(Seconds now) {
    table_.sweep(table_.bucket_count(), now, [](Connection&) { return true; });
    std::erase_if(records_, [&](const auto& item) { return item.second.deadline < now; });
  }

  void require_same() const {
    REQUIRE(table_.size() == records_.size());
    std::uint32_t embryonic = 0;
    std::vector<std::uint32_t> by_node(std::size_t{kMaxNodeId} + 1);
    for (const auto& [key, record] : records_) {
      if (record.embryonic()) ++embryonic;
      if (record.service != kNoService && !std::get<kAlias>(key)) ++by_node[record.node];
    }
    REQUIRE(table_.embryonic() == embryonic);
    REQUIRE(std::equal(by_node.begin(), by_node.end(), table_.by_node().begin()));

    std::size_t listed = 0;
    REQUIRE(table_.list(0, table_.bucket_count(), [&](const Connection& record) {
      ++listed;
      return records_.contains(order(table_.key_of(record)));
    }) == 0);
    REQUIRE(listed == records_.size());
  }

 private:
  using Order = std::tuple<Ipv4Address, PortNumber, PortNumber, Protocol, bool, NodeId>;
  static constexpr std::size_t kAlias = 4;
  static Order order(const ConnectionKey& key) {
    return {key.remote, key.remote_port, key.cluster_port, key.protocol, key.alias, key.alias_node};
  }

  [[nodiscard]] Insert expected_outcome(const ConnectionKey& key, std::uint8_t flags) const {
    const bool embryonic = (flags & connection_flag::answered) == 0;
    if (records_.contains(order(key))) return Insert::exists;
    if (records_.size() >= limits_.connections) return Insert::table_full;
    if (embryonic && table_.embryonic() >= limits_.embryonic) return Insert::embryonic_full;
    return Insert::done;
  }

  ConnectionLimits limits_;
  Random random_;
  ConnectionTable table_;
  std::map<Order, Connection> records_;
};

TEST_CASE("Under random operations the connection table agrees with a map") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    Pair pair({.connections = 500, .embryonic = 200}, seed);
    Random random(seed);
    Seconds now = 1000;
    for (unsigned step = 0; step < 20000; ++step) {
      if (random.below(4) != 0) {
        pair.insert(now);
      } else {
        pair.find_and_change();
      }
      if (step % 2000 != 1999) continue;
      pair.require_same();
      now += 20;
      pair.expire(now);
      pair.require_same();
    }
  }
}

}  // namespace
}  // namespace encluster::switching
