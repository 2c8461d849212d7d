#include "model.hpp"

#include <fmt/format.h>

#include <string_view>

#include "path.hpp"

namespace encluster::bench {

namespace {

constexpr std::uint32_t kUsual = 100'000;  // logins

/// Each differs from the first in one respect.
std::vector<Population> populations(bool with_large) {
  std::vector<Population> all{{.logins = kUsual}, {.logins = 10'000}, {.logins = 1'000'000}};
  if (with_large) all.push_back({.logins = 10'000'000});
  for (const std::uint32_t remotes : {1'000U, 10'000U}) {
    all.push_back({.logins = kUsual, .scale = {.remotes = remotes}});
  }
  for (const std::uint16_t nodes : {std::uint16_t{30}, std::uint16_t{300}}) {
    all.push_back({.logins = kUsual, .scale = {.nodes = nodes}});
  }
  return all;
}

}  // namespace

Model make_model(std::pmr::memory_resource* memory, bool with_large) {
  Model model;
  for (const Population& population : populations(with_large)) {
    Gateway& gateway = *model.gateways.emplace_back(std::make_unique<Gateway>(population, memory));
    const Scale& scale = population.scale;
    const auto add = [&](std::string_view way, const MessageKind& kind) {
      model.workloads.push_back(std::make_unique<Path>(
          gateway, fmt::format("{} {}/{}/{}", way, population.logins, scale.remotes, scale.nodes),
          std::make_unique<Segments>(gateway, kind)));
    };
    add("A in", kInboundSlices);
    add("A out", kOutboundSlices);
    add("D in", kInboundLogins);
    add("D out", kOutboundLogins);
  }
  return model;
}

}  // namespace encluster::bench
