#include "control/parse_configuration_sections.hpp"
#include "switching/connection_life.hpp"

namespace encluster::control {

namespace {

constexpr std::size_t kMaxPlugins = 64;
constexpr std::uint32_t kMaxCpu = 1023;
constexpr std::uint32_t kMaxSleepMicroseconds = 10'000;
constexpr std::uint32_t kLeastMegabytes = 64;
constexpr std::uint32_t kMostMegabytes = 1u << 20;
constexpr std::uint32_t kLeastConnections = 1024;
constexpr std::uint32_t kMostConnections = 1u << 26;
constexpr std::uint32_t kMostSyns = 1'000'000'000;
constexpr std::uint32_t kLeastIdle = 30;  // more than the slack with which deadlines are moved
constexpr std::uint32_t kMostIdle = switching::kIdleLife;
/// Ports below are never handed out by a kernel on its own.
constexpr std::uint16_t kFirstUnprivileged = 1024;

void parse_workers(YamlSection& root, Configuration& configuration) {
  root.read("workers", configuration.workers, number<std::uint32_t>(1, kMaxWorkers));
  for (const YamlValue& value : root.value("cpus").items(kMaxWorkers)) {
    if (const auto cpu = value.as(number<std::uint32_t>(0, kMaxCpu))) {
      configuration.cpus.push_back(*cpu);
    }
  }
}

IdleConfig parse_idle(const YamlValue& value) {
  YamlSection section(value);
  IdleConfig idle;
  auto microseconds = static_cast<std::uint32_t>(idle.sleep.count());
  section.read(
      "mode", idle.mode,
      one_of<IdleMode>(
          {{"spin", IdleMode::spin}, {"pause", IdleMode::pause}, {"sleep", IdleMode::sleep}}));
  section.read("microseconds", microseconds, number<std::uint32_t>(1, kMaxSleepMicroseconds));
  section.finish();
  idle.sleep = std::chrono::microseconds(microseconds);
  return idle;
}

MemoryConfig parse_memory(const YamlValue& value) {
  YamlSection section(value);
  MemoryConfig memory;
  section.read("hugepages", memory.hugepages, boolean());
  section.read("megabytes", memory.megabytes,
               number<std::uint32_t>(kLeastMegabytes, kMostMegabytes));
  section.finish();
  return memory;
}

PortsConfig parse_ports(const YamlValue& value) {
  YamlSection section(value);
  PortsConfig ports;
  std::uint16_t first = ports.first.value();
  std::uint16_t last = ports.last.value();
  section.read("first", first, number<std::uint16_t>(kFirstUnprivileged, 65535));
  section.read("last", last, number<std::uint16_t>(kFirstUnprivileged, 65535));
  if (const auto size = section.value("slice"); size.present()) {
    ports.slice = size.as(slice()).value_or(std::nullopt);
  }
  section.finish();
  ports.first = PortNumber(first);
  ports.last = PortNumber(last);
  return ports;
}

ConnectionsConfig parse_connections(const YamlValue& value) {
  YamlSection section(value);
  ConnectionsConfig connections;
  section.read("maximum", connections.maximum,
               number<std::uint32_t>(kLeastConnections, kMostConnections));
  section.read("embryonic", connections.embryonic, number<std::uint32_t>(1, kMostConnections));
  section.read("syn_rate", connections.syn_rate, number<std::uint32_t>(0, kMostSyns));
  section.read("ask_idle_after", connections.ask_idle_after,
               number<std::uint32_t>(kLeastIdle, kMostIdle));
  section.read("on_node_death", connections.on_node_death,
               one_of<OnNodeDeath>({{"reset", OnNodeDeath::reset}, {"keep", OnNodeDeath::keep}}));
  section.finish();
  return connections;
}

}  // namespace

void parse_machine(YamlSection& root, Configuration& configuration) {
  parse_workers(root, configuration);
  configuration.idle = parse_idle(root.value("idle"));
  configuration.memory = parse_memory(root.value("memory"));
  configuration.ports = parse_ports(root.value("ports"));
  configuration.connections = parse_connections(root.value("connections"));
  for (const YamlValue& value : root.value("plugins").items(kMaxPlugins)) {
    if (auto file = value.as(printable())) configuration.plugins.emplace_back(std::move(*file));
  }
}

}  // namespace encluster::control
