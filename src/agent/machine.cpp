#include "agent/machine.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace encluster::agent {

namespace {

constexpr std::size_t kMaxFile = 1 << 20;
constexpr std::size_t kBootId = 36;
constexpr double kMaxLoad = 1e6;

struct Route {
  std::string interface;
  std::uint32_t destination = 0;  ///< as the kernel keeps it: bytes in the order of the wire
  std::uint32_t gateway = 0;      ///< the same
  std::uint32_t metric = 0;
  std::uint32_t mask = 0;
};

std::optional<Route> parse_route(const std::string& line) {
  std::istringstream words(line);
  Route route;
  std::string flags, references, use;
  words >> route.interface >> std::hex >> route.destination >> route.gateway >> flags >>
      references >> use >> std::dec >> route.metric >> std::hex >> route.mask;
  if (!words) return std::nullopt;
  return route;
}

}  // namespace

std::optional<Ipv4Address> default_gateway(std::string_view routes) {
  std::istringstream lines{std::string(routes)};
  std::optional<Route> best;
  for (std::string line; std::getline(lines, line);) {
    const auto route = parse_route(line);
    if (!route || route->destination != 0 || route->mask != 0) continue;
    if (!best || route->metric < best->metric) best = route;
  }
  if (!best) return std::nullopt;
  return Ipv4Address(Be32::from_raw(best->gateway));
}

std::uint32_t load_of(std::string_view loadavg, unsigned cpus) {
  double load = 0;
  const auto [end, error] = std::from_chars(loadavg.data(), loadavg.data() + loadavg.size(), load);
  if (error != std::errc() || !(load >= 0)) return 0;
  return static_cast<std::uint32_t>(std::lround(std::min(100 * load / cpus, kMaxLoad)));
}

std::string read_file(const char* file) {
  std::ifstream stream(file);
  std::string text;
  std::string piece(4096, '\0');
  while (text.size() < kMaxFile) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<std::size_t>(stream.gcount()));
    if (!stream) break;
  }
  return text;
}

std::string boot_id() {
  const std::string text = read_file("/proc/sys/kernel/random/boot_id");
  if (text.size() < kBootId) throw std::runtime_error("cannot read the boot id from /proc/sys");
  return text.substr(0, kBootId);
}

}  // namespace encluster::agent
