#include "mount_responder/mounts.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "mount/procedure.hpp"
#include "onc_rpc/call.hpp"
#include "onc_rpc/reply.hpp"
#include "onc_rpc/xdr.hpp"
#include "onc_rpc/xdr_writer.hpp"

namespace encluster::mount_responder {

namespace {

constexpr std::uint32_t kMaxName = 255;     // MNTNAMLEN
constexpr std::uint32_t kDump = 2;          // of every version
constexpr std::uint32_t kAnotherEntry = 1;  // before each entry; zero is the list's end

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr std::uint32_t kReply = 1;  // of msg_type

/// Passes over an accepted reply's header. @return false if it is none to this call, or no success
bool pass_over_header(onc_rpc::XdrReader& reader, std::uint32_t xid) {
  constexpr std::uint32_t kAccepted = 0;
  const bool ours = reader.number() == xid && reader.number() == kReply;
  const bool accepted = reader.number() == kAccepted;
  static_cast<void>(reader.number());  // the verifier's flavour
  static_cast<void>(reader.variable(onc_rpc::kMaxAuthentication));
  const bool success =
      reader.number() == static_cast<std::uint32_t>(onc_rpc::AcceptStatus::success);
  return reader.ok() && ours && accepted && success;
}

/// The address that a text is in dotted decimals. Nothing if it is another text.
std::optional<Ipv4Address> address_in(std::string_view text) {
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    address = address << 8 | number;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == 3) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return Ipv4Address(address);
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char one) { return one > ' ' && one < '\x7f'; });
}

/// Who lists mounts reads them at a terminal.
bool has_controls(std::string_view text) {
  return std::ranges::any_of(text, [](char one) {
    const auto byte = static_cast<unsigned char>(one);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::set<std::string, std::less<>> names_of(const switching::ClusterState& cluster) {
  std::set<std::string, std::less<>> names;
  for (const switching::NodeState& node : cluster.nodes) names.insert(node.name);
  return names;
}

}  // namespace

Bytes dump_call(std::uint32_t xid) {
  onc_rpc::XdrWriter call;
  for (const std::uint32_t word : {xid, 0U, onc_rpc::kRpcVersion, mount::kProgram,
                                   mount::kHighestVersion, kDump, 0U, 0U, 0U, 0U}) {
    call.number(word);
  }
  return std::move(call).take();
}

bool is_reply_to(std::span<const std::byte> bytes, std::uint32_t xid) noexcept {
  onc_rpc::XdrReader reader(bytes);
  return reader.number() == xid && reader.number() == kReply && reader.ok();
}

std::optional<std::vector<MountEntry>> read_dump_reply(std::span<const std::byte> bytes,
                                                       std::uint32_t xid) {
  onc_rpc::XdrReader reader(bytes);
  if (!pass_over_header(reader, xid)) return std::nullopt;
  std::vector<MountEntry> entries;
  while (true) {
    const std::uint32_t another = reader.number();
    if (!reader.ok() || another > kAnotherEntry) return std::nullopt;
    if (another == 0) break;
    std::string remote = text_of(reader.variable(kMaxName));
    std::string directory = text_of(reader.variable(mount::kMaxPath));
    if (!reader.ok()) return std::nullopt;
    entries.push_back({std::move(remote), std::move(directory)});
  }
  if (!reader.rest().empty()) return std::nullopt;
  return entries;
}

Mounts::Mounts(const switching::ClusterState& cluster)
    : exports_(cluster.exports), inside_(cluster.interconnect.address), nodes_(names_of(cluster)) {}

bool Mounts::may_be_told(NodeId node, const MountEntry& entry) const {
  if (!is_name(entry.remote) || nodes_.contains(entry.remote)) return false;
  const auto address = address_in(entry.remote);
  if (address && inside_.contains(*address)) return false;
  if (has_controls(entry.directory)) return false;
  const mount::ShortestPath path(std::as_bytes(std::span(entry.directory)));
  if (!path.ok()) return false;
  const ExportConfig* exported = exports_.find(path.text());
  return exported != nullptr && exported->node == node;
}

void Mounts::add(NodeId node, const std::vector<MountEntry>& entries) {
  for (const MountEntry& entry : entries) {
    if (bytes_ > kMaxReply) return;  // not to be told anyway
    if (!may_be_told(node, entry) || !entries_.insert(entry).second) continue;
    bytes_ += entry.remote.size() + entry.directory.size();
  }
}

Bytes Mounts::as_xdr() const {
  onc_rpc::XdrWriter list;
  for (const MountEntry& entry : entries_) {
    list.number(kAnotherEntry);
    list.variable(entry.remote);
    list.variable(entry.directory);
  }
  list.number(0);
  return std::move(list).take();
}

}  // namespace encluster::mount_responder
