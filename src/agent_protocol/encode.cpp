#include "agent_protocol/agent_protocol.pb.h"
#include "agent_protocol/codec.hpp"
#include "agent_protocol/frame.hpp"

namespace encluster::agent_protocol {
namespace {

void put(const LeasedPort& port, wire::Port& out) {
  out.set_protocol(static_cast<std::uint32_t>(port.protocol));
  out.set_number(port.port.value());
}

void put(const RpcVersion& version, wire::RpcVersion& out) {
  out.set_program(version.program);
  out.set_version(version.version);
}

void put(const OfferedService& service, wire::Service& out) {
  put(service.port, *out.mutable_port());
  out.set_name(service.name);
  out.set_held(service.held);
  for (const RpcVersion& version : service.programs) put(version, *out.add_programs());
}

void put(const Join& join, wire::FromAgent& out) {
  wire::Join& wire = *out.mutable_join();
  wire.set_version(join.version);
  wire.set_node(join.node);
  wire.set_token(join.token);
  wire.set_boot_id(join.boot_id);
  for (const LeasedPort& port : join.held) put(port, *wire.add_held());
  for (const OfferedService& service : join.services) put(service, *wire.add_services());
  wire.set_tree(join.tree);
}

void put(const LeaseRequest& request, wire::FromAgent& out) {
  out.mutable_lease_request()->set_request(request.request);
  put(request.port, *out.mutable_lease_request()->mutable_port());
}

void put(const LeaseRelease& release, wire::FromAgent& out) {
  put(release.port, *out.mutable_lease_release()->mutable_port());
}

void put(const Heartbeat& heartbeat, wire::FromAgent& out) {
  out.mutable_heartbeat()->set_sequence(heartbeat.sequence);
  out.mutable_heartbeat()->set_load(heartbeat.load);
}

void put(const Sockets& sockets, wire::FromAgent& out) {
  wire::Sockets& wire = *out.mutable_sockets();
  for (const TcpSocket& socket : sockets.sockets) {
    wire::TcpSocket& one = *wire.add_sockets();
    one.set_remote(socket.remote.value());
    one.set_remote_port(socket.remote_port.value());
    one.set_port(socket.port.value());
    one.set_shown(socket.shown.value());
    one.set_state(static_cast<std::uint32_t>(socket.state));
  }
  wire.set_last(sockets.last);
}

void put(const HostKeys& keys, wire::FromAgent& out) {
  wire::HostKeys& wire = *out.mutable_host_keys();
  for (const HostKey& key : keys.keys) {
    wire::HostKey& one = *wire.add_keys();
    one.set_type(key.type);
    one.set_digest(key.digest.data(), key.digest.size());
  }
}

void put(const ServiceRequest& request, wire::FromAgent& out) {
  wire::ServiceRequest& wire = *out.mutable_service_request();
  wire.set_request(request.request);
  put(request.port, *wire.mutable_port());
  wire.set_name(request.name);
  for (const RpcVersion& version : request.programs) put(version, *wire.add_programs());
}

void put(const ExportedFileSystem& one, wire::FileSystem& out) {
  out.set_path(one.path);
  out.set_kind(static_cast<std::uint32_t>(one.key.kind()));
  out.set_type(one.key.type());
  out.set_key(one.key.bytes().data(), one.key.bytes().size());
  out.set_fsid(one.fsid);
}

void put(const Exports& exports, wire::FromAgent& out) {
  wire::Exports& wire = *out.mutable_exports();
  wire.set_mount_port(exports.mount_port.value());
  for (const NodeExport& exported : exports.exports) {
    wire::Export& one = *wire.add_exports();
    one.set_path(exported.path);
    for (const ExportedFileSystem& file_system : exported.file_systems) {
      put(file_system, *one.add_file_systems());
    }
  }
}

void put(const Settings& settings, wire::Settings& out) {
  if (settings.slice.has_value()) {
    out.set_slice_first(settings.slice->first.value());
    out.set_slice_last(settings.slice->last.value());
  }
  for (const PortNumber port : settings.reserved) out.add_reserved(port.value());
  for (const ClusterAddress& network : settings.networks) {
    wire::Network& wire = *out.add_networks();
    wire.set_name(network.network);
    wire.set_address(network.address.value());
  }
}

void put(const Welcome& welcome, wire::FromGateway& out) {
  wire::Welcome& wire = *out.mutable_welcome();
  wire.set_epoch(welcome.epoch);
  put(welcome.settings, *wire.mutable_settings());
  for (const LeasedPort& port : welcome.lost) put(port, *wire.add_lost());
  wire.set_heartbeat_milliseconds(static_cast<std::uint32_t>(welcome.heartbeat.count()));
  wire.set_fence_milliseconds(static_cast<std::uint32_t>(welcome.fence.count()));
  wire.set_instance(welcome.instance.data(), welcome.instance.size());
  wire.set_services(welcome.services);
  wire.set_exports(welcome.exports);
}

void put(const Refused& refused, wire::FromGateway& out) {
  out.mutable_refused()->set_reason(static_cast<std::uint32_t>(refused.reason));
  out.mutable_refused()->set_text(refused.text);
}

void put(const Settings& settings, wire::FromGateway& out) {
  put(settings, *out.mutable_settings());
}

void put(const LeaseAnswer& answer, wire::FromGateway& out) {
  wire::LeaseAnswer& wire = *out.mutable_lease_answer();
  wire.set_request(answer.request);
  wire.set_result(static_cast<std::uint32_t>(answer.result));
  wire.set_owner(answer.owner);
}

void put(const ServiceAnswer& answer, wire::FromGateway& out) {
  wire::ServiceAnswer& wire = *out.mutable_service_answer();
  wire.set_request(answer.request);
  wire.set_result(static_cast<std::uint32_t>(answer.result));
  wire.set_owner(answer.owner);
  wire.set_untold(answer.untold);
}

void put(const Tree& tree, wire::FromGateway& out) {
  wire::Tree& wire = *out.mutable_tree();
  for (const TreeEntry& entry : tree.entries) {
    wire::TreeEntry& one = *wire.add_entries();
    one.set_path(entry.path);
    one.set_node(entry.node);
    one.set_address(entry.address.value());
  }
  wire.set_last(tree.last);
}

void put(const ExportsAnswer& answer, wire::FromGateway& out) {
  wire::ExportsAnswer& wire = *out.mutable_exports_answer();
  for (const RefusedExport& refused : answer.refused) {
    wire::RefusedExport& one = *wire.add_refused();
    one.set_path(refused.path);
    one.set_reason(static_cast<std::uint32_t>(refused.reason));
    one.set_owner(refused.owner);
    one.set_other(refused.other);
  }
}

void put(const HeartbeatAnswer& answer, wire::FromGateway& out) {
  out.mutable_heartbeat_answer()->set_sequence(answer.sequence);
}

void put(const Renumberings& renumberings, wire::FromGateway& out) {
  wire::Renumberings& wire = *out.mutable_renumberings();
  for (const Renumbering& claim : renumberings.claims) {
    wire::Renumbering& one = *wire.add_claims();
    one.set_remote(claim.remote.value());
    one.set_remote_port(claim.remote_port.value());
    one.set_port(claim.port.value());
    one.set_shown(claim.shown.value());
  }
}

template <typename Wire, typename Message>
std::string frame_of(const Message& message) {
  Wire wire;
  std::visit([&](const auto& what) { put(what, wire); }, message);
  const std::size_t length = wire.ByteSizeLong();
  std::string frame;
  frame.reserve(kFrameHeader + length);
  for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(length >> shift));
  wire.AppendToString(&frame);
  return frame;
}

}  // namespace

std::string encode(const FromAgent& message) { return frame_of<wire::FromAgent>(message); }
std::string encode(const FromGateway& message) { return frame_of<wire::FromGateway>(message); }

}  // namespace encluster::agent_protocol
