// What the TAPs are called.
#pragma once

#include <string>
#include <string_view>

namespace encluster::control {

/// Name of the interconnect's TAP, and why no network may be called "inside".
inline constexpr std::string_view kInterconnectTap = "ec-inside";

/// Name of a network's TAP. A Linux interface name has at most 15 characters, which leaves 12 to
/// the network's.
[[nodiscard]] std::string tap_name(std::string_view network);

}  // namespace encluster::control
