// What the agent reads about its machine in /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "encluster/types.hpp"

namespace encluster::agent {

/// The gateway of the default route with the least metric in a text such as /proc/net/route;
/// 0.0.0.0 for a route without one, nothing where there is no default route.
[[nodiscard]] std::optional<Ipv4Address> default_gateway(std::string_view routes);

/// Hundredths of runnable tasks a CPU, by the mean of the last minute in /proc/loadavg; 0 for a
/// text that is none. @pre cpus is not 0.
[[nodiscard]] std::uint32_t load_of(std::string_view loadavg, unsigned cpus);

/// The file's contents, at most 1 MiB; empty if it cannot be read.
[[nodiscard]] std::string read_file(const char* file);

/// /proc/sys/kernel/random/boot_id, 36 characters. @throws std::runtime_error
[[nodiscard]] std::string boot_id();

}  // namespace encluster::agent
