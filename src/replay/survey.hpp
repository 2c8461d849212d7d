// The first pass over a capture: whose MAC address is whose, as the gateway's kernel knew.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/configuration.hpp"
#include "replay/capture.hpp"
#include "replay/sides.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::replay {

using MacBySide = std::map<Side, MacAddress>;

struct Survey {
  MacBySide gateway;  ///< every side's; made up where the capture does not tell
  std::vector<switching::Neighbour> neighbours;
  std::map<Side, std::uint64_t> received;  ///< frames that the gateway did not send, by side
  std::map<Side, std::uint64_t> sent;      ///< frames that it did
  std::vector<std::string> guesses;        ///< sentences: what was made up
};

/// Learns the gateway's MAC addresses from ARP, from messages to the cluster address, and from what
/// nodes send outside; its neighbours' from the frames it sent them, from ARP, and from the senders
/// of frames, in this order of trust.
/// @param sides of the recording's interfaces
/// @param known MAC addresses of the gateway that need not be learnt
[[nodiscard]] Survey survey(const std::vector<CapturedFrame>& frames,
                            const std::vector<std::optional<Side>>& sides,
                            const control::Configuration& configuration, const MacBySide& known);

}  // namespace encluster::replay
