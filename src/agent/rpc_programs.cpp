#include "agent/rpc_programs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace encluster::agent {

namespace {

template <typename Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The last two of six bytes that are written with dots between them.
std::optional<PortNumber> port_of(std::string_view address) {
  std::array<std::uint8_t, 6> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto dot = address.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == bytes.size())) return std::nullopt;
    const auto byte = read_number<std::uint8_t>(address.substr(0, dot));
    if (!byte) return std::nullopt;
    bytes[i] = *byte;
    address.remove_prefix(std::min(dot, address.size() - 1) + 1);
  }
  const PortNumber port(static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5]));
  return port == PortNumber() ? std::nullopt : std::optional(port);
}

/// The protocol by IPv4 that a name of netconfig(5) means.
std::optional<Protocol> protocol_of(std::string_view network) {
  if (network == "tcp") return Protocol::tcp;
  if (network == "udp") return Protocol::udp;
  return std::nullopt;
}

}  // namespace

std::optional<RpcProgram> read_rpc_program(const rpcbind::Registration& entry) {
  const auto protocol = protocol_of(entry.network);
  const auto port = port_of(entry.address);
  if (!protocol || !port) return std::nullopt;
  RpcProgram program{.number = entry.program, .port = {*protocol, *port}, .user = std::nullopt};
  if (entry.owner == "superuser" || entry.owner == "unknown") return program;
  program.user = read_number<uid_t>(entry.owner);
  return program.user ? std::optional(program) : std::nullopt;
}

std::vector<RpcProgram> rpc_programs() {
  std::vector<RpcProgram> programs;
  for (const rpcbind::Registration& entry : rpcbind::Rpcbind().list()) {
    if (const auto program = read_rpc_program(entry)) programs.push_back(*program);
  }
  std::ranges::sort(programs);
  programs.erase(std::unique(programs.begin(), programs.end()), programs.end());
  return programs;
}

}  // namespace encluster::agent
