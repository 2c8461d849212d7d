// Letting a device do the steering: receive-side scaling by the remote's address alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct rte_eth_dev_info;

namespace encluster::datapath {

/// Where a received frame has the remote's address.
enum class RemoteField : std::uint8_t {
  source,       ///< on an external network
  destination,  ///< on the interconnect
};

/// What a device is asked for.
struct RssPlan {
  std::uint64_t functions = 0;  ///< RTE_ETH_RSS_*
  std::vector<std::uint8_t> key;
};

/// @param problem why there is none, as a sentence
/// @return nothing if the device does not divide remotes exactly as switching::shard_of() does
[[nodiscard]] std::optional<RssPlan> plan_rss(const rte_eth_dev_info& device, RemoteField remote,
                                              std::string& problem);

/// Fills the table of a started device, whose queue n is worker n's.
/// @return whether the device has taken it
[[nodiscard]] bool fill_rss_table(std::uint16_t port, std::uint16_t workers) noexcept;

/// Reads key and table back, and compares for random remotes the queues that follow from them with
/// what the software would say.
/// @param functions of the plan
/// @return what is wrong, as a sentence; nothing if device and software agree
[[nodiscard]] std::optional<std::string> check_rss(std::uint16_t port, std::uint16_t workers,
                                                   std::uint64_t functions);

}  // namespace encluster::datapath
