#include "datapath/rss.hpp"

#include <rte_ethdev.h>
#include <rte_thash.h>

#include <array>
#include <random>

#include "switching/remote_hash.hpp"

namespace encluster::datapath {

namespace {

using switching::kShardBuckets;

/// What a hash over two addresses reads at least.
constexpr std::size_t kShortestKey = 12;
constexpr std::size_t kUsualKey = 40;

constexpr std::uint64_t kAnyIpv4 = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 |
                                   RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                                   RTE_ETH_RSS_NONFRAG_IPV4_OTHER;

using Table = std::vector<rte_eth_rss_reta_entry64>;

/// The device's table of queues, to be filled or to be read; empty if it has none.
Table whole_table(std::uint16_t port, std::uint16_t& entries) {
  rte_eth_dev_info info{};
  entries = rte_eth_dev_info_get(port, &info) == 0 ? info.reta_size : std::uint16_t{0};
  Table table((entries + RTE_ETH_RETA_GROUP_SIZE - 1U) / RTE_ETH_RETA_GROUP_SIZE);
  for (std::size_t i = 0; i < entries; ++i) {
    table[i / RTE_ETH_RETA_GROUP_SIZE].mask |= std::uint64_t{1} << i % RTE_ETH_RETA_GROUP_SIZE;
  }
  return table;
}

std::uint16_t& entry(Table& table, std::size_t index) {
  return table[index / RTE_ETH_RETA_GROUP_SIZE].reta[index % RTE_ETH_RETA_GROUP_SIZE];
}

}  // namespace

std::optional<RssPlan> plan_rss(const rte_eth_dev_info& device, RemoteField remote,
                                std::string& problem) {
  const std::uint64_t only =
      remote == RemoteField::source ? RTE_ETH_RSS_L3_SRC_ONLY : RTE_ETH_RSS_L3_DST_ONLY;
  const std::uint64_t kinds = device.flow_type_rss_offloads & kAnyIpv4;
  if (kinds == 0 || (device.flow_type_rss_offloads & only) == 0) {
    problem = "the device cannot hash one address alone";
    return std::nullopt;
  }
  const std::size_t key = device.hash_key_size != 0 ? device.hash_key_size : kUsualKey;
  if (key < kShortestKey) {
    problem = "the device's hash key is too short";
    return std::nullopt;
  }
  if (device.reta_size == 0 || device.reta_size % kShardBuckets != 0) {
    problem = "the device's table of queues is too small";
    return std::nullopt;
  }
  RssPlan plan{kinds | only, std::vector<std::uint8_t>(key)};
  for (std::size_t i = 0; i < key; ++i) plan.key[i] = switching::hash_key<2>()[i % 2];
  return plan;
}

bool fill_rss_table(std::uint16_t port, std::uint16_t workers) noexcept {
  std::uint16_t entries = 0;
  Table table = whole_table(port, entries);
  for (std::size_t i = 0; i < entries; ++i) {
    entry(table, i) = static_cast<std::uint16_t>(i % kShardBuckets % workers);
  }
  return entries != 0 && rte_eth_dev_rss_reta_update(port, table.data(), entries) == 0;
}

std::optional<std::string> check_rss(std::uint16_t port, std::uint16_t workers,
                                     std::uint64_t functions) {
  alignas(std::uint32_t) std::array<std::uint8_t, 255> key{};
  rte_eth_rss_conf hash{};
  hash.rss_key = key.data();
  hash.rss_key_len = key.size();
  if (rte_eth_dev_rss_hash_conf_get(port, &hash) != 0) return "the device does not tell its key";
  constexpr std::uint64_t kOneAddress = RTE_ETH_RSS_L3_SRC_ONLY | RTE_ETH_RSS_L3_DST_ONLY;
  if ((hash.rss_hf & kOneAddress) != (functions & kOneAddress)) {
    return "the device hashes other fields than it was told";
  }
  std::uint16_t entries = 0;
  Table table = whole_table(port, entries);
  if (entries == 0 || rte_eth_dev_rss_reta_query(port, table.data(), entries) != 0) {
    return "the device does not tell its table of queues";
  }
  std::mt19937 random(entries);
  constexpr int kRemotes = 4096;
  for (int i = 0; i < kRemotes; ++i) {
    std::uint32_t remote = static_cast<std::uint32_t>(random());
    const std::uint32_t value = rte_softrss(&remote, 1, key.data());
    if (entry(table, value % entries) != switching::shard_of(Ipv4Address(remote), workers)) {
      return "the device's key and table divide remotes otherwise than the software";
    }
  }
  return std::nullopt;
}

}  // namespace encluster::datapath
