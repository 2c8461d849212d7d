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

/// `agents` and `rest`.
void parse_listeners(YamlSection& root, Configuration& configuration);

}  // namespace encluster::control
