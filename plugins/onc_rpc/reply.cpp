#include "onc_rpc/reply.hpp"

#include <algorithm>

#include "net/reply.hpp"
#include "onc_rpc/call.hpp"

namespace encluster::onc_rpc {

namespace {

// msg_type, reply_stat, reject_stat
constexpr std::uint32_t kReply = 1;
constexpr std::uint32_t kAccepted = 0;
constexpr std::uint32_t kDenied = 1;
constexpr std::uint32_t kRpcMismatch = 0;
constexpr std::uint32_t kAuthNone = 0;

}  // namespace

ReplyWriter::ReplyWriter(std::uint32_t xid, AcceptStatus status) noexcept {
  number(xid);
  number(kReply);
  number(kAccepted);
  number(kAuthNone);
  number(0);  // bytes of the verifier
  number(static_cast<std::uint32_t>(status));
}

void ReplyWriter::number(std::uint32_t value) noexcept {
  const Be32 wire(value);
  fixed(std::as_bytes(std::span(&wire, 1)));
}

void ReplyWriter::fixed(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() > kCapacity - size_) {
    ok_ = false;
    return;
  }
  std::ranges::copy(bytes, buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += bytes.size();
}

ReplyWriter version_denied(std::uint32_t xid) noexcept {
  ReplyWriter reply;
  for (const std::uint32_t word : {xid, kReply, kDenied, kRpcMismatch, kRpcVersion, kRpcVersion}) {
    reply.number(word);
  }
  return reply;
}

ReplyWriter program_mismatch(std::uint32_t xid, std::uint32_t lowest,
                             std::uint32_t highest) noexcept {
  ReplyWriter reply(xid, AcceptStatus::program_mismatch);
  reply.number(lowest);
  reply.number(highest);
  return reply;
}

void answer(RouteRequest& request, const ReplyWriter& reply, DropReason reason) noexcept {
  if (!reply.ok() || !net::turn_into_datagram(*request.packet, reply.bytes())) {
    return request.drop(reason == DropReason::none ? DropReason::routing_function : reason);
  }
  request.verdict = Verdict::answer;
  request.reason = reason;
}

}  // namespace encluster::onc_rpc
