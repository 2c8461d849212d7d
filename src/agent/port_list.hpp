// Lists of ports as the kernel writes them: 1-3,5.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// By port number.
using PortSet = std::bitset<65536>;

/// A list such as net.ipv4.ip_local_reserved_ports; blanks around it are passed over, an empty one
/// is an empty set. Nothing where it is no list.
[[nodiscard]] std::optional<PortSet> parse_port_list(std::string_view text);

/// Rising, neighbours joined to ranges; empty for an empty set.
[[nodiscard]] std::string to_text(const PortSet& ports);

/// Two numbers between blanks, such as net.ipv4.ip_local_port_range.
[[nodiscard]] std::optional<agent_protocol::PortRange> parse_port_range(std::string_view text);

}  // namespace encluster::agent
