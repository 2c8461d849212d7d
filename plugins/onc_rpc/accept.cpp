#include "onc_rpc/accept.hpp"

#include <algorithm>

#include "onc_rpc/reply.hpp"

namespace encluster::onc_rpc {

void detail::refuse(RouteRequest& request, std::span<const Program> programs, bool is_call,
                    const Call& call) noexcept {
  if (!is_call) return request.drop(DropReason::rpc_header);
  constexpr DropReason kReason = DropReason::rpc_unavailable;
  if (call.rpc_version != kRpcVersion) return answer(request, version_denied(call.xid), kReason);
  const auto program = std::ranges::find(programs, call.program, &Program::number);
  if (program == programs.end()) {
    return answer(request, ReplyWriter(call.xid, AcceptStatus::program_unavailable), kReason);
  }
  answer(request, program_mismatch(call.xid, program->lowest, program->highest), kReason);
}

bool may_use(const ExportConfig& exported, const RouteRequest& request) noexcept {
  if (exported.clients.empty() || request.from_node) return true;
  return std::ranges::any_of(exported.clients, [&](const Ipv4Prefix& clients) {
    return clients.contains(request.packet->source);
  });
}

}  // namespace encluster::onc_rpc
