// What became of a packet, and what decided it, in words.
#pragma once

#include <string_view>

#include "encluster/packet.hpp"

namespace encluster::frame_text {

/// "forward", "local", "drop", "answer", "hold" or "copy".
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;

/// "switch", "slice", "connection", "expectation", "claim", "unclaimed", "quote", "fragment",
/// "local-stack", "admission" or "upkeep".
[[nodiscard]] std::string_view name_of(Rule rule) noexcept;

}  // namespace encluster::frame_text
