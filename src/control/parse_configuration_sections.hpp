// The parts of the configuration parser, one for each group of sections. Internal to it.
#pragma once

#include "control/configuration.hpp"
#include "control/yaml_reader.hpp"

namespace encluster::control {

/// `networks`, `interconnect`, `gateway` and `nodes`.
void parse_topology(YamlSection& root, Configuration& configuration);

/// `workers`, `cpus`, `idle`, `memory`, `ports`, `connections` and `plugins`.
void parse_machine(YamlSection& root, Configuration& configuration);

/// `services` and `exports`. @pre the nodes are parsed: services name them.
void parse_services(YamlSection& root, Configuration& configuration);

/// The name of a configured node, or `gateway` where that may be said, which is node 0.
/// @pre the nodes are parsed
[[nodiscard]] Format<NodeId> node_name(const Configuration& configuration, bool or_gateway);

/// `agents` and `rest`. @pre the nodes are parsed: `agents.allow` names them.
void parse_listeners(YamlSection& root, Configuration& configuration);

}  // namespace encluster::control
