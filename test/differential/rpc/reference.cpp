#include "differential/rpc/reference.hpp"

#include <algorithm>

namespace encluster::reference {

using test::Routed;
using test::Xdr;

std::uint32_t Reader::number() {
  std::uint32_t number = 0;
  for (const char byte : opaque(4)) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

std::string Reader::opaque(std::size_t size) {
  const std::size_t padding = size % 4 == 0 ? 0 : 4 - size % 4;
  if (at_ + size + padding > bytes_.size()) throw Malformed();
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(bytes_[at_ + i]);
  at_ += size + padding;
  return text;
}

std::string Reader::string(std::size_t most) {
  const std::uint32_t size = number();
  if (size > most) throw Malformed();
  return opaque(size);
}

Routed dropped(DropReason reason) {
  Routed routed;
  routed.verdict = Verdict::drop;
  routed.reason = reason;
  return routed;
}

Routed forwarded(NodeId node, PortNumber port) {
  Routed routed;
  routed.verdict = Verdict::forward;
  routed.node = node;
  routed.port = port;
  return routed;
}

Routed answered(std::uint32_t xid, std::uint32_t status, const std::vector<std::uint32_t>& words,
                DropReason reason) {
  Xdr reply;
  for (const std::uint32_t word : {xid, 1U, 0U, 0U, 0U, status}) reply.number(word);
  for (const std::uint32_t word : words) reply.number(word);
  Routed routed;
  routed.verdict = Verdict::answer;
  routed.reason = reason;
  routed.reply = reply.bytes();
  return routed;
}

namespace {

/// RFC 5531, section 9: MSG_DENIED, RPC_MISMATCH, and the versions that are spoken.
Routed denied(std::uint32_t xid) {
  Xdr reply;
  for (const std::uint32_t word : {xid, 1U, 1U, 0U, 2U, 2U}) reply.number(word);
  Routed routed;
  routed.verdict = Verdict::answer;
  routed.reason = DropReason::rpc_unavailable;
  routed.reply = reply.bytes();
  return routed;
}

}  // namespace

Opened open_call(std::span<const std::byte> call, const std::vector<std::uint32_t>& programs,
                 std::uint32_t lowest, std::uint32_t highest) {
  Opened opened;
  try {
    Reader reader(call);
    opened.header.xid = reader.number();
    if (reader.number() != 0) throw Malformed();
    const std::uint32_t rpc_version = reader.number();
    opened.header.program = reader.number();
    opened.header.version = reader.number();
    opened.header.procedure = reader.number();
    if (rpc_version != 2) {
      opened.settled = denied(opened.header.xid);
      return opened;
    }
    for (int i = 0; i < 2; ++i) {  // credentials, verifier
      reader.number();
      reader.string(400);
    }
    opened.arguments = std::move(reader);
  } catch (const Malformed&) {
    opened.settled = dropped(DropReason::rpc_header);
    return opened;
  }
  const Header& header = opened.header;
  constexpr DropReason kReason = DropReason::rpc_unavailable;
  if (std::ranges::find(programs, header.program) == programs.end()) {
    opened.settled = answered(header.xid, 1, {}, kReason);
  } else if (header.version < lowest || header.version > highest) {
    opened.settled = answered(header.xid, 2, {lowest, highest}, kReason);
  }
  return opened;
}

Routed route(const Cluster& cluster, Service service, std::span<const std::byte> call,
             const test::Asker& asker) {
  if (asker.fragment) call = test::first_part(call);
  return service == Service::mount ? mount_call(cluster, call, asker)
                                   : nfs_call(cluster, call, asker);
}

bool is_client(const ExportConfig& exported, const test::Asker& asker) {
  if (asker.from_node || exported.clients.empty()) return true;
  return std::ranges::any_of(exported.clients, [&](const Ipv4Prefix& network) {
    const std::uint32_t first = network.address.value();
    const std::uint64_t count = std::uint64_t{1} << (32 - network.length);
    return asker.remote.value() >= first && asker.remote.value() - first < count;
  });
}

}  // namespace encluster::reference
