// The self-test of the steering: several workers rely on it without ever looking back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "encluster/packet.hpp"
#include "encluster/types.hpp"

namespace encluster::switching {

using Steering = std::function<WorkerId(std::span<const std::byte> frame, Origin origin)>;

/// Makes random flows and asks where their frames go: both directions, all fragments, ICMP errors
/// about them from either side, and the ends of hairpins.
/// @param flows how many
/// @param seed of the random numbers
/// @return what does not reach the flow's worker, as a sentence; nothing if all is well
[[nodiscard]] std::optional<std::string> check_steering(const Steering& steering,
                                                        std::size_t workers, std::size_t flows,
                                                        std::uint64_t seed);

}  // namespace encluster::switching
