#include "mount_responder/question.hpp"

#include "mount/procedure.hpp"
#include "onc_rpc/call.hpp"
#include "onc_rpc/reply.hpp"

namespace encluster::mount_responder {

namespace {

using mount::Procedure;
using onc_rpc::AcceptStatus;
using onc_rpc::ReplyWriter;

constexpr std::size_t kReplyHeader = 24;

Question settled(std::uint32_t xid, const ReplyWriter& reply) {
  return {Asked::settled, xid, {reply.bytes().begin(), reply.bytes().end()}};
}

Question of_procedure(const onc_rpc::Call& call) {
  switch (mount::procedure_of(call.version, call.procedure)) {
    case Procedure::null:
      return settled(call.xid, ReplyWriter(call.xid, AcceptStatus::success));
    case Procedure::exports:
      return {Asked::exports, call.xid, {}};
    case Procedure::dump:
      return {Asked::mounts, call.xid, {}};
    case Procedure::mount:
    case Procedure::unmount:
    case Procedure::unmount_all:
    case Procedure::path_configuration:
    case Procedure::unknown:
      break;
  }
  return settled(call.xid, ReplyWriter(call.xid, AcceptStatus::procedure_unavailable));
}

}  // namespace

Question read_question(std::span<const std::byte> datagram) {
  onc_rpc::Call call;
  if (!onc_rpc::read_call(datagram, call)) return {};
  if (call.rpc_version != onc_rpc::kRpcVersion) {
    return settled(call.xid, onc_rpc::version_denied(call.xid));
  }
  if (call.program != mount::kProgram) {
    return settled(call.xid, ReplyWriter(call.xid, AcceptStatus::program_unavailable));
  }
  if (call.version < mount::kLowestVersion || call.version > mount::kHighestVersion) {
    return settled(call.xid, onc_rpc::program_mismatch(call.xid, mount::kLowestVersion,
                                                       mount::kHighestVersion));
  }
  return of_procedure(call);
}

bool fits(std::span<const std::byte> list) noexcept {
  return list.size() <= kMaxReply - kReplyHeader;
}

Bytes reply_with(std::uint32_t xid, std::span<const std::byte> list) {
  const bool whole = fits(list);
  const ReplyWriter header(xid, whole ? AcceptStatus::success : AcceptStatus::system_error);
  Bytes reply(header.bytes().begin(), header.bytes().end());
  if (whole) reply.insert(reply.end(), list.begin(), list.end());
  return reply;
}

}  // namespace encluster::mount_responder
