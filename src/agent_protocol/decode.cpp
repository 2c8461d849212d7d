#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "agent_protocol/agent_protocol.pb.h"
#include "agent_protocol/codec.hpp"

namespace encluster::agent_protocol {
namespace {

constexpr std::uint32_t kLastPort = 65535;
constexpr std::uint32_t kLeastHeartbeat = 100;        // ms
constexpr std::uint32_t kMostHeartbeat = 60 * 1000;   // ms
constexpr std::uint32_t kMostFence = 60 * 60 * 1000;  // ms
constexpr std::size_t kBootId = 36;                   // a UUID in text

void require(bool holds, const char* otherwise) {
  if (!holds) throw MalformedMessage(otherwise);
}

bool is_printable(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= kMaxNodeName && is_printable(text);
}

PortNumber port_number(std::uint32_t number) {
  require(number >= 1 && number <= kLastPort, "a port that is none");
  return PortNumber(static_cast<std::uint16_t>(number));
}

LeasedPort leased_port(const wire::Port& port) {
  const auto protocol = static_cast<Protocol>(port.protocol());
  require(port.protocol() <= 0xff && (protocol == Protocol::tcp || protocol == Protocol::udp),
          "a protocol other than TCP and UDP");
  return {protocol, port_number(port.number())};
}

template <typename Ports>
std::vector<LeasedPort> leased_ports(const Ports& ports, std::size_t most = kMaxLeases) {
  require(static_cast<std::size_t>(ports.size()) <= most, "too many leases");
  std::vector<LeasedPort> result;
  for (const wire::Port& port : ports) result.push_back(leased_port(port));
  return result;
}

template <typename Versions>
RpcVersions rpc_versions(const Versions& versions) {
  require(static_cast<std::size_t>(versions.size()) <= kMaxPrograms, "too many RPC programs");
  RpcVersions result;
  for (const wire::RpcVersion& version : versions) {
    const RpcVersion one{version.program(), version.version()};
    require(one.program != 0 && one.version != 0, "an RPC program that is none");
    require(result.empty() || result.back() < one, "RPC programs out of order");
    result.push_back(one);
  }
  return result;
}

template <typename Services>
std::vector<OfferedService> offered_services(const Services& services) {
  require(static_cast<std::size_t>(services.size()) <= kMaxServices, "too many services");
  std::vector<OfferedService> result;
  std::size_t programs = 0;
  for (const wire::Service& service : services) {
    require(is_name(service.name()), "a service's name that is none");
    programs += static_cast<std::size_t>(service.programs_size());
    require(programs <= kMaxPrograms, "too many RPC programs");
    result.push_back({leased_port(service.port()), service.name(), service.held(),
                      rpc_versions(service.programs())});
  }
  return result;
}

Join join_of(const wire::Join& join) {
  if (join.version() != kVersion) {
    Join other;  // of another version nothing else is known
    other.version = join.version();
    return other;
  }
  require(is_name(join.node()), "a node's name that is none");
  require(join.token().size() == kTokenSize, "a token of the wrong size");
  require(join.boot_id().size() == kBootId && is_printable(join.boot_id()),
          "a boot id that is none");
  return {.node = join.node(),
          .token = join.token(),
          .boot_id = join.boot_id(),
          .held = leased_ports(join.held()),
          .services = offered_services(join.services()),
          .tree = join.tree()};
}

ServiceRequest service_request_of(const wire::ServiceRequest& request) {
  require(is_name(request.name()), "a service's name that is none");
  return {request.request(), leased_port(request.port()), request.name(),
          rpc_versions(request.programs())};
}

SocketState state_of(std::uint32_t number) {
  require(number <= 0xff, "a state that no connection has");
  const auto state = static_cast<SocketState>(number);
  switch (state) {
    case SocketState::established:
    case SocketState::syn_sent:
    case SocketState::syn_received:
    case SocketState::fin_wait_1:
    case SocketState::fin_wait_2:
    case SocketState::time_wait:
    case SocketState::close_wait:
    case SocketState::last_ack:
    case SocketState::closing:
      return state;
  }
  throw MalformedMessage("a state that no connection has");
}

Sockets sockets_of(const wire::Sockets& wire) {
  require(static_cast<std::size_t>(wire.sockets_size()) <= kMaxSockets, "too many sockets");
  Sockets result;
  result.sockets.reserve(static_cast<std::size_t>(wire.sockets_size()));
  for (const wire::TcpSocket& socket : wire.sockets()) {
    result.sockets.push_back({.remote = Ipv4Address(socket.remote()),
                              .remote_port = port_number(socket.remote_port()),
                              .port = port_number(socket.port()),
                              .shown = port_number(socket.shown()),
                              .state = state_of(socket.state())});
  }
  result.last = wire.last();
  return result;
}

std::optional<PortRange> slice_of(const wire::Settings& settings) {
  if (settings.slice_first() == 0 && settings.slice_last() == 0) return std::nullopt;
  require(settings.slice_first() <= settings.slice_last(), "a slice that ends before it begins");
  return PortRange{port_number(settings.slice_first()), port_number(settings.slice_last())};
}

Settings settings_of(const wire::Settings& wire) {
  Settings settings{.slice = slice_of(wire), .reserved = {}, .networks = {}};
  require(static_cast<std::size_t>(wire.reserved_size()) <= kMaxReserved, "too many ports");
  for (const std::uint32_t number : wire.reserved()) {
    const PortNumber port = port_number(number);
    require(
        settings.slice.has_value() && port >= settings.slice->first && port <= settings.slice->last,
        "a reserved port outside the slice");
    require(settings.reserved.empty() || settings.reserved.back() < port,
            "reserved ports out of order");
    settings.reserved.push_back(port);
  }
  require(static_cast<std::size_t>(wire.networks_size()) <= kMaxNetworks, "too many networks");
  for (const wire::Network& network : wire.networks()) {
    require(is_name(network.name()), "a network's name that is none");
    settings.networks.push_back({network.name(), Ipv4Address(network.address())});
  }
  return settings;
}

/// @param otherwise the complaint about bytes of another number
template <typename Bytes>
Bytes bytes_of(const std::string& text, const char* otherwise) {
  Bytes bytes;
  require(text.size() == bytes.size(), otherwise);
  std::ranges::transform(text, bytes.begin(),
                         [](char byte) { return static_cast<std::uint8_t>(byte); });
  return bytes;
}

HostKeys host_keys_of(const wire::HostKeys& wire) {
  require(static_cast<std::size_t>(wire.keys_size()) <= kMaxHostKeys, "too many host keys");
  HostKeys result;
  for (const wire::HostKey& key : wire.keys()) {
    require(is_name(key.type()), "a type of key that is none");
    require(result.keys.empty() || result.keys.back().type < key.type(), "host keys out of order");
    result.keys.push_back({key.type(), bytes_of<decltype(HostKey::digest)>(
                                           key.digest(), "a digest of the wrong size")});
  }
  return result;
}

Welcome welcome_of(const wire::Welcome& welcome) {
  const std::uint32_t heartbeat = welcome.heartbeat_milliseconds();
  const std::uint32_t fence = welcome.fence_milliseconds();
  require(heartbeat >= kLeastHeartbeat && heartbeat <= kMostHeartbeat, "a heartbeat out of range");
  require(fence > heartbeat && fence <= kMostFence, "a fence out of range");
  return {.epoch = welcome.epoch(),
          .settings = settings_of(welcome.settings()),
          .lost = leased_ports(welcome.lost(), kMaxLeases + kMaxServices),
          .heartbeat = std::chrono::milliseconds(heartbeat),
          .fence = std::chrono::milliseconds(fence),
          .instance = bytes_of<Instance>(welcome.instance(), "an instance of the wrong size"),
          .services = welcome.services(),
          .exports = welcome.exports()};
}

Refused refused_of(const wire::Refused& refused) {
  require(refused.reason() >= static_cast<std::uint32_t>(RefusalReason::version) &&
              refused.reason() <= static_cast<std::uint32_t>(RefusalReason::reconfigured),
          "an unknown reason");
  require(refused.text().size() <= kMaxText && is_printable(refused.text()),
          "a text that nobody can read");
  return {static_cast<RefusalReason>(refused.reason()), refused.text()};
}

LeaseAnswer lease_answer_of(const wire::LeaseAnswer& answer) {
  require(answer.result() >= static_cast<std::uint32_t>(LeaseResult::granted) &&
              answer.result() <= static_cast<std::uint32_t>(LeaseResult::too_many),
          "an unknown result");
  require(answer.owner().empty() || is_name(answer.owner()), "a node's name that is none");
  return {answer.request(), static_cast<LeaseResult>(answer.result()), answer.owner()};
}

ServiceAnswer service_answer_of(const wire::ServiceAnswer& answer) {
  require(answer.result() >= static_cast<std::uint32_t>(ServiceResult::granted) &&
              answer.result() <= static_cast<std::uint32_t>(ServiceResult::program_taken),
          "an unknown result");
  require(answer.owner().empty() || is_name(answer.owner()), "a node's name that is none");
  return {answer.request(), static_cast<ServiceResult>(answer.result()), answer.owner(),
          answer.untold()};
}

Renumberings renumberings_of(const wire::Renumberings& wire) {
  require(static_cast<std::size_t>(wire.claims_size()) <= kMaxSockets, "too many claims");
  Renumberings result;
  result.claims.reserve(static_cast<std::size_t>(wire.claims_size()));
  for (const wire::Renumbering& claim : wire.claims()) {
    result.claims.push_back({.remote = Ipv4Address(claim.remote()),
                             .remote_port = port_number(claim.remote_port()),
                             .port = port_number(claim.port()),
                             .shown = port_number(claim.shown())});
  }
  return result;
}

/// Of text that protobuf took, and that is UTF-8 therefore.
bool keeps_rules(const std::string& path) {
  if (path == "/") return true;
  if (path.empty() || path.size() > kMaxPath || path.front() != '/') return false;
  const std::string framed = path + '/';
  return std::ranges::none_of(path, [](unsigned char c) { return c < 0x20 || c == 0x7f; }) &&
         framed.find("//") == std::string::npos && framed.find("/./") == std::string::npos &&
         framed.find("/../") == std::string::npos;
}

FileSystemKey key_of(const wire::FileSystem& wire) {
  require(wire.kind() <= 0xff && wire.type() <= 0xff, "a key that is none");
  const auto kind = static_cast<FileSystemKeyKind>(wire.kind());
  const auto type = static_cast<std::uint8_t>(wire.type());
  require(FileSystemKey::exists(kind, type, wire.key().size()), "a key that is none");
  return {kind, type, std::as_bytes(std::span(wire.key()))};
}

/// Of the exports of one message.
class Paths {
 public:
  const std::string& checked(const std::string& path) {
    require(keeps_rules(path), "a path that is none");
    bytes_ += path.size();
    require(bytes_ <= kMaxPathBytes, "too many paths");
    return path;
  }

 private:
  std::size_t bytes_ = 0;
};

NodeExport export_of(const wire::Export& wire, Paths& paths) {
  NodeExport result{.path = paths.checked(wire.path())};
  for (const wire::FileSystem& one : wire.file_systems()) {
    result.file_systems.push_back({paths.checked(one.path()), key_of(one), one.fsid()});
  }
  return result;
}

Exports exports_of(const wire::Exports& wire) {
  require(wire.mount_port() <= kLastPort, "a port that is none");
  require(static_cast<std::size_t>(wire.exports_size()) <= kMaxExports, "too many exports");
  Exports result{.mount_port = PortNumber(static_cast<std::uint16_t>(wire.mount_port()))};
  Paths paths;
  std::size_t file_systems = 0;
  for (const wire::Export& one : wire.exports()) {
    file_systems += static_cast<std::size_t>(one.file_systems_size());
    require(file_systems <= kMaxFileSystems, "too many file systems");
    NodeExport exported = export_of(one, paths);
    require(result.exports.empty() || result.exports.back().path < exported.path,
            "exports out of order");
    result.exports.push_back(std::move(exported));
  }
  return result;
}

Tree tree_of(const wire::Tree& wire) {
  require(static_cast<std::size_t>(wire.entries_size()) <= kMaxEntries, "too many exports");
  Paths paths;
  Tree result;
  for (const wire::TreeEntry& one : wire.entries()) {
    require(is_name(one.node()), "a node's name that is none");
    result.entries.push_back({paths.checked(one.path()), one.node(), Ipv4Address(one.address())});
  }
  result.last = wire.last();
  return result;
}

ExportsAnswer exports_answer_of(const wire::ExportsAnswer& wire) {
  require(static_cast<std::size_t>(wire.refused_size()) <= kMaxRefused, "too many exports");
  Paths paths;
  ExportsAnswer result;
  for (const wire::RefusedExport& one : wire.refused()) {
    if (!one.other().empty()) paths.checked(one.other());
    require(one.owner().empty() || is_name(one.owner()), "a node's name that is none");
    require(one.reason() >= static_cast<std::uint32_t>(ExportRefusal::path_taken) &&
                one.reason() <= static_cast<std::uint32_t>(ExportRefusal::too_many),
            "an unknown reason");
    result.refused.push_back({paths.checked(one.path()), static_cast<ExportRefusal>(one.reason()),
                              one.owner(), one.other()});
  }
  return result;
}

/// It would write a line about each text that is no UTF-8, as often as a peer likes.
void silence_protobuf() {
  static const auto silenced = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(silenced);
}

template <typename Wire>
Wire parse(std::span<const std::uint8_t> frame) {
  silence_protobuf();
  Wire wire;
  require(wire.ParseFromArray(frame.data(), static_cast<int>(frame.size())), "not a message");
  return wire;
}

}  // namespace

bool is_path(const std::string& path) {
  wire::Export told;
  told.set_path(path);
  silence_protobuf();
  return keeps_rules(path) && told.ParseFromString(told.SerializeAsString());
}

FromAgent decode_from_agent(std::span<const std::uint8_t> frame) {
  const auto message = parse<wire::FromAgent>(frame);
  switch (message.what_case()) {
    case wire::FromAgent::kJoin:
      return join_of(message.join());
    case wire::FromAgent::kLeaseRequest:
      return LeaseRequest{message.lease_request().request(),
                          leased_port(message.lease_request().port())};
    case wire::FromAgent::kLeaseRelease:
      return LeaseRelease{leased_port(message.lease_release().port())};
    case wire::FromAgent::kHeartbeat:
      return Heartbeat{message.heartbeat().sequence(), message.heartbeat().load()};
    case wire::FromAgent::kSockets:
      return sockets_of(message.sockets());
    case wire::FromAgent::kHostKeys:
      return host_keys_of(message.host_keys());
    case wire::FromAgent::kServiceRequest:
      return service_request_of(message.service_request());
    case wire::FromAgent::kExports:
      return exports_of(message.exports());
    case wire::FromAgent::WHAT_NOT_SET:
      break;
  }
  throw MalformedMessage("an unknown message");
}

FromGateway decode_from_gateway(std::span<const std::uint8_t> frame) {
  const auto message = parse<wire::FromGateway>(frame);
  switch (message.what_case()) {
    case wire::FromGateway::kWelcome:
      return welcome_of(message.welcome());
    case wire::FromGateway::kRefused:
      return refused_of(message.refused());
    case wire::FromGateway::kSettings:
      return settings_of(message.settings());
    case wire::FromGateway::kLeaseAnswer:
      return lease_answer_of(message.lease_answer());
    case wire::FromGateway::kHeartbeatAnswer:
      return HeartbeatAnswer{message.heartbeat_answer().sequence()};
    case wire::FromGateway::kRenumberings:
      return renumberings_of(message.renumberings());
    case wire::FromGateway::kServiceAnswer:
      return service_answer_of(message.service_answer());
    case wire::FromGateway::kExportsAnswer:
      return exports_answer_of(message.exports_answer());
    case wire::FromGateway::kTree:
      return tree_of(message.tree());
    case wire::FromGateway::WHAT_NOT_SET:
      break;
  }
  throw MalformedMessage("an unknown message");
}

}  // namespace encluster::agent_protocol
