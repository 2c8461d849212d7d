#include "agent/agent_configuration.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "control/file_descriptor.hpp"
#include "control/yaml_document.hpp"
#include "control/yaml_reader.hpp"

namespace encluster::agent {

namespace {

using control::ConfigurationReport;
using control::Endpoint;
using control::Format;
using control::YamlSection;
using control::YamlValue;

constexpr const char* kTokenAllowed =
    "a file with one line of 64 hex digits that only its owner, root or whom the agent runs as, "
    "may read (chmod 600)";

Format<Endpoint> gateway() {
  return {
      "ADDRESS:PORT with a host's IPv4 address and a port from 1 to 65535, such as "
      "10.77.0.1:7077",
      [](const std::string& text) -> std::optional<Endpoint> {
        const auto endpoint = control::endpoint().parse(text);
        if (!endpoint || endpoint->address == Ipv4Address()) return std::nullopt;
        return endpoint;
      }};
}

Format<control::Bytes32> fingerprint() {
  return {"64 hex digits: the SHA-256 of the gateway's certificate (DER)", control::parse_hex};
}

Format<std::filesystem::path> file_name() {
  return {control::printable().allowed,
          [](const std::string& text) -> std::optional<std::filesystem::path> {
            return control::printable().parse(text);
          }};
}

/// `700` or `512-1023`
Format<PortSet> port_range() {
  return {"a port, or a range such as 512-1023, from 1 to 65535",
          [](const std::string& text) -> std::optional<PortSet> {
            if (text.empty() || text.find_first_of(", \t\n") != std::string::npos) {
              return std::nullopt;
            }
            const auto ports = parse_port_list(text);
            return ports && !ports->test(0) ? ports : std::nullopt;
          }};
}

/// A list, which may be empty; what is not there leaves `ports` as they are.
void parse_ports(YamlSection& section, const std::string& key, PortSet& ports) {
  const YamlValue value = section.value(key);
  if (!value.present()) return;
  if (!value.is_list()) {
    value.refuse(fmt::format("a list of at most {} ports and ranges", kMaxSeenItems));
    return;
  }
  ports.reset();
  for (const YamlValue& item : value.items(kMaxSeenItems)) {
    if (const auto range = item.as(port_range())) ports |= *range;
  }
}

void parse_lease_seen(YamlSection& root, LeaseSeen& seen) {
  const YamlValue value = root.value("lease_seen");
  if (!value.present()) return;
  YamlSection section(value);
  parse_ports(section, "udp", seen.udp);
  parse_ports(section, "tcp", seen.tcp);
  section.finish();
}

bool same_endpoint(const Endpoint& left, const Endpoint& right) {
  return left.address == right.address && left.port == right.port;
}

void parse_gateways(YamlSection& root, std::vector<Endpoint>& gateways) {
  const YamlValue value = root.value("gateways");
  const std::string allowed = fmt::format("a list of 1 to {} of ADDRESS:PORT", kMaxGateways);
  if (!value.is_list() || value.list_size() == 0) {
    if (root.readable()) value.refuse(allowed);
    return;
  }
  for (const YamlValue& item : value.items(kMaxGateways)) {
    const auto endpoint = item.as(gateway());
    if (!endpoint) continue;
    if (std::ranges::any_of(gateways,
                            [&](const Endpoint& one) { return same_endpoint(one, *endpoint); })) {
      item.refuse("each gateway once");
    }
    gateways.push_back(*endpoint);
  }
}

bool overlap(const control::ServicePorts& left, const control::ServicePorts& right) {
  return left.protocol == right.protocol && left.first <= right.last && right.first <= left.last;
}

/// The portmapper is not a node's: the cluster has its own.
Format<OfferedProgram> rpc_program() {
  return {
      "the number of an RPC program, from 1 to 4294967295 but not 100000, of one protocol or both, "
      "such as 100011 or 100011/udp",
      [](const std::string& text) -> std::optional<OfferedProgram> {
        const auto slash = text.find('/');
        const auto number =
            control::number<std::uint32_t>(1, UINT32_MAX).parse(text.substr(0, slash));
        if (!number || *number == 100'000) return std::nullopt;
        OfferedProgram program{.name = {}, .number = *number};
        if (slash == std::string::npos) return program;
        program.protocol = control::protocol().parse(text.substr(slash + 1));
        return program.protocol ? std::optional(program) : std::nullopt;
      }};
}

bool overlap(const OfferedProgram& left, const OfferedProgram& right) {
  const bool same = left.protocol == right.protocol || !left.protocol || !right.protocol;
  return left.number == right.number && same;
}

void parse_program(YamlSection& section, std::vector<OfferedProgram>& programs) {
  OfferedProgram program;
  section.require("rpc", program, rpc_program());
  section.require("name", program.name, control::name());
  section.finish();
  const auto same = std::ranges::find_if(
      programs, [&](const OfferedProgram& one) { return overlap(one, program); });
  if (same != programs.end() && program.number != 0) {
    section.report().refuse(section.key() + ".rpc", "a program that " + same->name + " has already",
                            "each program once");
  }
  programs.push_back(std::move(program));
}

void parse_port(YamlSection& section, std::vector<OfferedPorts>& services) {
  OfferedPorts service;
  section.require("name", service.name, control::name());
  section.require("port", service.ports, control::service_ports());
  section.read("listens", service.listens, control::boolean());
  section.finish();
  if (!service.listens && service.ports.first != service.ports.last) {
    section.report().refuse(section.key() + ".listens", "false for several ports",
                            "true, or a single port");
  }
  const auto same = std::ranges::find_if(
      services, [&](const OfferedPorts& one) { return overlap(one.ports, service.ports); });
  if (same != services.end() && service.ports.first != PortNumber()) {
    section.report().refuse(section.key() + ".port", "a port that " + same->name + " has already",
                            "each port once");
  }
  services.push_back(std::move(service));
}

void parse_services(YamlSection& root, Offers& offers) {
  for (const YamlValue& item : root.value("services").items(agent_protocol::kMaxServices)) {
    YamlSection section(item);
    if (section.value("rpc").present()) {
      parse_program(section, offers.programs);
    } else {
      parse_port(section, offers.ports);
    }
  }
}

constexpr std::size_t kMaxClients = 256;  // of one export

/// The directory is the path unless it is said where it is.
ConfiguredExport parse_export(const YamlValue& value) {
  YamlSection section(value);
  ConfiguredExport exported;
  section.require("path", exported.path, control::absolute_path());
  exported.directory = exported.path;
  section.read("directory", exported.directory, control::absolute_path());
  section.read("id", exported.id, control::number<std::uint8_t>(1, kMaxExportId));
  section.read("read_only", exported.read_only, control::boolean());
  for (const YamlValue& item : section.value("clients").items(kMaxClients)) {
    if (const auto network = item.as(control::address_range())) {
      exported.clients.push_back(*network);
    }
  }
  section.finish();
  return exported;
}

std::vector<ConfiguredExport> parse_exports(YamlSection& root) {
  std::vector<ConfiguredExport> exports;
  for (const YamlValue& item : root.value("exports").items(agent_protocol::kMaxExports)) {
    ConfiguredExport one = parse_export(item);
    const auto same_path = std::ranges::find(exports, one.path, &ConfiguredExport::path);
    if (same_path != exports.end() && !one.path.empty()) {
      item.report().refuse(item.key() + ".path", "a second " + one.path, "each path once");
    }
    const auto same_id = std::ranges::find(exports, one.id, &ConfiguredExport::id);
    if (same_id != exports.end() && one.id != 0) {
      item.report().refuse(item.key() + ".id", "that of " + same_id->path, "each number once");
    }
    exports.push_back(std::move(one));
  }
  std::ranges::sort(exports, {}, &ConfiguredExport::path);
  return exports;
}

AgentConfiguration parse(const std::string& text, const std::filesystem::path& file,
                         ConfigurationReport& report) {
  YamlSection root(YamlValue(control::parse_yaml(text, report), "", report));
  AgentConfiguration configuration;
  root.require("node", configuration.node, control::name());
  root.read("number", configuration.number, control::number<std::uint16_t>(1, kMaxNodeId));
  parse_gateways(root, configuration.gateways);
  root.require("fingerprint", configuration.fingerprint, fingerprint());
  root.require("token_file", configuration.token_file, file_name());
  root.read("socket", configuration.socket, socket_path());
  parse_lease_seen(root, configuration.lease_seen);
  parse_services(root, configuration.services);
  configuration.exports = parse_exports(root);
  root.finish();
  report.raise_if_any();
  configuration.token_file = file.parent_path() / configuration.token_file;
  return configuration;
}

/// What is wrong with the token's file, in the words of a report; empty if nothing is.
std::string token_problem(int descriptor) {
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) return std::strerror(errno);
  if (!S_ISREG(status.st_mode)) return "something that is no file";
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fmt::format("mode {:04o}", status.st_mode & 07777);
  }
  if (status.st_uid != 0 && status.st_uid != geteuid()) {
    return fmt::format("a file of user {}", status.st_uid);
  }
  return {};
}

/// Never tells what the file holds. @throws control::ConfigurationError
control::Bytes32 read_token(const std::filesystem::path& file, ConfigurationReport& report) {
  const control::FileDescriptor descriptor(
      open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  std::string problem = token_problem(descriptor.get());
  std::array<char, 128> buffer{};
  const ssize_t size = problem.empty() ? read(descriptor.get(), buffer.data(), buffer.size()) : 0;
  std::string_view line(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (line.ends_with('\n')) line.remove_suffix(1);
  const auto token = control::parse_hex(line);
  if (problem.empty() && !token) problem = "something else";
  if (!problem.empty()) {
    report.refuse("token_file", fmt::format("{} in {}", problem, control::shown(file.string())),
                  kTokenAllowed);
  }
  report.raise_if_any();
  return *token;
}

}  // namespace

LeaseSeen::LeaseSeen() {
  for (std::size_t port = 512; port <= 1023; ++port) udp.set(port);
}

Format<std::filesystem::path> socket_path() {
  constexpr std::size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  return {fmt::format("{}, of at most {} bytes", control::absolute_path().allowed, kMost),
          [](const std::string& text) -> std::optional<std::filesystem::path> {
            if (text.size() > kMost) return std::nullopt;
            return control::absolute_path().parse(text);
          }};
}

AgentConfiguration parse_agent_configuration_text(const std::string& text,
                                                  const std::filesystem::path& file) {
  ConfigurationReport report{control::ConfigurationPlaces(file)};
  return parse(text, file, report);
}

AgentConfiguration parse_agent_configuration(const std::filesystem::path& file) {
  ConfigurationReport report{control::ConfigurationPlaces(file)};
  AgentConfiguration configuration = parse(control::read_configuration_file(file), file, report);
  configuration.token = read_token(configuration.token_file, report);
  return configuration;
}

}  // namespace encluster::agent
