#include "agent/rpc_programs.hpp"

#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "rpcbind/place.hpp"

namespace encluster::agent {

namespace {

template <typename Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<RpcProgram> read_rpc_program(const rpcbind::Registration& entry) {
  const auto place = rpcbind::place_of(entry);
  if (!place || entry.program == 0 || entry.version == 0) return std::nullopt;
  RpcProgram program{.number = entry.program,
                     .port = {place->protocol, place->port},
                     .user = std::nullopt,
                     .versions = {entry.version}};
  if (entry.owner == "superuser" || entry.owner == "unknown") return program;
  program.user = read_number<uid_t>(entry.owner);
  return program.user ? std::optional(program) : std::nullopt;
}

std::vector<RpcProgram> merge(const std::vector<RpcProgram>& programs) {
  std::map<std::tuple<std::uint32_t, agent_protocol::LeasedPort, std::optional<uid_t>>,
           std::set<std::uint32_t>>
      versions;
  for (const RpcProgram& one : programs) {
    versions[{one.number, one.port, one.user}].insert(one.versions.begin(), one.versions.end());
  }
  std::vector<RpcProgram> merged;
  for (const auto& [where, all] : versions) {
    const auto& [number, port, user] = where;
    merged.push_back({number, port, user, {all.begin(), all.end()}});
  }
  return merged;
}

std::vector<RpcProgram> rpc_programs() {
  std::vector<RpcProgram> programs;
  for (const rpcbind::Registration& entry : rpcbind::Rpcbind().list()) {
    if (const auto program = read_rpc_program(entry)) programs.push_back(*program);
  }
  return merge(programs);
}

}  // namespace encluster::agent
