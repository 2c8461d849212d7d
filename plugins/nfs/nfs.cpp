#include "nfs/nfs.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "nfs/export_table.hpp"
#include "nfs/file_handle.hpp"
#include "nfs/nfs_call.hpp"
#include "onc_rpc/accept.hpp"
#include "onc_rpc/reply.hpp"

namespace encluster::nfs {

namespace {

using onc_rpc::AcceptStatus;
using onc_rpc::Call;
using onc_rpc::ReplyWriter;

// nfsstat3. Version 2 has no word for what lies on two devices: as Linux's server does, it says
// that the access was denied.
constexpr std::uint32_t kErrorAccess = 13;
constexpr std::uint32_t kErrorCrossDevice = 18;
constexpr std::uint32_t kErrorStale = 70;

constexpr std::array<onc_rpc::Program, 2> kPrograms{
    {{kNfsProgram, kLowestVersion, kHighestVersion},
     {kAclProgram, kLowestVersion, kHighestVersion}}};

class NfsFunction final : public RoutingFunction {
 public:
  NfsFunction(const ClusterView& view, std::optional<HandleRange> range)
      : exports_(view.exports), range_(range), recovering_(view.recovering) {}

  void route(std::span<RouteRequest* const> burst, WorkerContext&) const noexcept override;

 private:
  /// Where the calls for a file handle go.
  struct Target {
    const ExportTable::Entry* entry = nullptr;
    std::optional<NodeId> node;  ///< nothing: to nobody
  };

  [[gnu::noinline]] void route(RouteRequest& request) const noexcept;
  [[nodiscard]] NodeId plain_node(std::span<const std::byte> payload) const noexcept;
  void weigh(RouteRequest& request, const Call& call, const Procedure& procedure) const noexcept;
  [[nodiscard]] Target target_of(std::span<const std::byte> handle,
                                 const RouteRequest& request) const noexcept;
  [[nodiscard]] bool denies(const Target& target, const RouteRequest& request) const noexcept;

  ExportTable exports_;
  std::optional<HandleRange> range_;
  bool recovering_;  ///< ClusterView::recovering
};

bool is_ours(const Call& call) noexcept {
  return (call.program == kNfsProgram || call.program == kAclProgram) &&
         call.version >= kLowestVersion && call.version <= kHighestVersion;
}

/// Answers that the call failed.
void fail(RouteRequest& request, const Call& call, const Procedure& procedure, std::uint32_t status,
          DropReason reason) noexcept {
  ReplyWriter reply(call.xid, AcceptStatus::success);
  reply.number(status);
  for (int i = 0; i < procedure.failure_words; ++i) reply.number(0);
  answer(request, reply, reason);
}

/// What needs no handle is answered here.
void answer_at_once(RouteRequest& request, const Call& call, CallKind kind) noexcept {
  if (kind != CallKind::unknown) {
    return answer(request, ReplyWriter(call.xid, AcceptStatus::success));
  }
  answer(request, ReplyWriter(call.xid, AcceptStatus::procedure_unavailable),
         DropReason::rpc_unavailable);
}

/// What nobody is known for is the gateway's, if it exports anything. A node is never sent there.
NfsFunction::Target NfsFunction::target_of(std::span<const std::byte> handle,
                                           const RouteRequest& request) const noexcept {
  Target target{.entry = &exports_.find(key_of(handle)), .node = std::nullopt};
  if (!target.entry->used() && range_) target.entry = &exports_.find(key_of(handle, *range_));
  if (target.entry->used()) {
    target.node = target.entry->node;
  } else if (exports_.has_gateway()) {
    target.node = kGateway;
  }
  if (request.from_node && target.node == kGateway) target.node.reset();
  return target;
}

bool NfsFunction::denies(const Target& target, const RouteRequest& request) const noexcept {
  return target.entry->used() && !onc_rpc::may_use(exports_.export_of(*target.entry), request);
}

/// The calls that are not simply for one file system that everybody may use.
void NfsFunction::weigh(RouteRequest& request, const Call& call,
                        const Procedure& procedure) const noexcept {
  if (procedure.kind != CallKind::one && procedure.kind != CallKind::two) {
    return answer_at_once(request, call, procedure.kind);
  }
  Handles handles;
  if (!read_handles(call, procedure, handles)) return request.drop(DropReason::rpc_arguments);
  const Target first = target_of(handles.first, request);
  const Target second =
      procedure.kind == CallKind::two ? target_of(handles.second, request) : first;
  const bool all_known = first.entry->used() && second.entry->used();
  if (recovering_ && !all_known) return request.drop(DropReason::recovering);
  if (!first.node || !second.node) {
    return fail(request, call, procedure, kErrorStale, DropReason::not_exported);
  }
  if (denies(first, request) || denies(second, request)) {
    return fail(request, call, procedure, kErrorAccess, DropReason::client_denied);
  }
  if (first.node != second.node) {
    return fail(request, call, procedure, call.version == 2 ? kErrorAccess : kErrorCrossDevice,
                DropReason::other_file_system);
  }
  request.forward(*first.node);
}

/// Reads the call anew, so that for most calls nothing of it is ever written to memory.
void NfsFunction::route(RouteRequest& request) const noexcept {
  Call call;
  if (!accept(request, kPrograms, call)) return;
  weigh(request, call, procedure_of(call));
}

/// The node of a call for one file system that everybody may use, as nearly all are; the gateway of
/// all others. (An optional would be written in pieces and read as one: the processor waits for
/// that.)
NodeId NfsFunction::plain_node(std::span<const std::byte> payload) const noexcept {
  Call call;
  if (!read_call(payload, call) || !is_ours(call)) return kGateway;
  if (procedure_of(call).kind != CallKind::one) return kGateway;
  const ExportTable::Entry& entry = exports_.find(key_of(first_handle(call)));
  return entry.open ? entry.node : kGateway;
}

void NfsFunction::route(std::span<RouteRequest* const> burst, WorkerContext&) const noexcept {
  for (RouteRequest* const request : burst) {
    const NodeId node = plain_node(request->packet->payload_bytes());
    if (node.is_gateway()) {
      route(*request);
    } else {
      request->forward(node);
    }
  }
}

std::optional<std::uint8_t> parse_byte(std::string_view text) {
  std::uint8_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

HandleRange parse_range(const std::string& key, const std::string& text) {
  const auto dash = text.find('-');
  const auto first = parse_byte(std::string_view(text).substr(0, dash));
  const auto last =
      dash == std::string::npos ? first : parse_byte(std::string_view(text).substr(dash + 1));
  if (!first || !last || *last < *first || *last >= kHandleBytes3 ||
      *last - *first >= static_cast<int>(FileSystemKey::kMaxBytes)) {
    throw ServiceError(key, "found '" + text +
                                "'; allowed: the numbers of at most 24 bytes from 0 to 63, such as "
                                "4-7");
  }
  return {*first, static_cast<std::uint8_t>(*last - *first + 1)};
}

}  // namespace

std::shared_ptr<const RoutingFunction> make_nfs(const ServiceConfig& config,
                                                const ClusterView& view) {
  if (config.protocol != Protocol::udp) {
    throw ServiceError("port", "found a TCP port; allowed: a UDP port, such as 2049/udp");
  }
  std::optional<HandleRange> range;
  for (const auto& [key, value] : config.options) {
    if (key != "handle_bytes") {
      throw ServiceError(key, "found an unknown option of plugin nfs; allowed: handle_bytes");
    }
    range = parse_range(key, value);
  }
  return std::make_shared<NfsFunction>(view, range);
}

}  // namespace encluster::nfs
