#include "mount_responder/responder.hpp"

#include <algorithm>
#include <utility>

#include "control/configuration_format.hpp"
#include "mount/export_list.hpp"
#include "mount/export_path.hpp"
#include "mount_responder/question.hpp"

namespace encluster::mount_responder {

namespace {

using Clock = std::chrono::steady_clock;

/// Datagrams in a row. The control thread has other work.
constexpr int kBurst = 32;

}  // namespace

Responder::Responder(const boost::asio::any_io_executor& executor, Cluster cluster,
                     Collector::Limits limits, control::Logger& log)
    : socket_(executor),
      cluster_(std::move(cluster)),
      log_(log),
      rates_(Clock::now()),
      collector_(executor, cluster_, limits, log) {
  await();
}

void Responder::await() {
  socket_.await([this] {
    read();
    await();
  });
}

void Responder::read() {
  for (int i = 0; i < kBurst; ++i) {
    const auto received = socket_.receive(buffer_);
    if (!received) return;
    handle(*received);
  }
}

void Responder::handle(const Received& received) {
  const Asker& asker = received.asker;
  const Question question = read_question(std::span(buffer_).first(received.size));
  if (!received.whole || question.asked == Asked::nothing) {
    ++counts_.garbage;
    return;
  }
  if (!rates_.may_ask(asker.remote, Clock::now())) return limit(asker);
  switch (question.asked) {
    case Asked::nothing:
      return;
    case Asked::settled:
      return send(asker, question.reply, counts_.answered);
    case Asked::exports:
      return tell({asker, question.xid}, exports(), "exports");
    case Asked::mounts:
      return collect({asker, question.xid});
  }
}

void Responder::collect(const Waiter& waiter) {
  // Clients repeat what is not answered at once.
  if (std::ranges::find(waiters_, waiter) != waiters_.end()) {
    ++counts_.repeated;
    return;
  }
  waiters_.push_back(waiter);
  const bool taken = collector_.ask(
      [this, waiter](std::span<const std::byte> list) { tell_mounts(waiter, list); });
  if (taken) return;
  std::erase(waiters_, waiter);
  limit(waiter.asker);
}

void Responder::tell_mounts(const Waiter& waiter, std::span<const std::byte> list) {
  std::erase(waiters_, waiter);
  tell(waiter, list, "mounts");
}

void Responder::tell(const Waiter& waiter, std::span<const std::byte> list, const char* what) {
  if (fits(list)) return send(waiter.asker, reply_with(waiter.xid, list), counts_.answered);
  log_.warning("mount_list_too_long", {{"list", what}, {"most", kMaxReply}});
  send(waiter.asker, reply_with(waiter.xid, list), counts_.too_long);
}

void Responder::send(const Asker& to, std::span<const std::byte> reply, std::uint64_t& count) {
  if (!rates_.may_answer(reply.size(), Clock::now())) return limit(to);
  ++(socket_.send(reply, to) ? count : counts_.unsent);
}

void Responder::limit(const Asker& asker) {
  ++counts_.rate_limited;
  log_.warning("mount_rate_limited", {{"remote", control::to_text(asker.remote)}});
}

/// Made anew when what the cluster exports has changed.
std::span<const std::byte> Responder::exports() {
  const auto& current = cluster_().exports;
  if (exports_ != current) {
    exports_ = current;
    list_ = mount::exports_as_xdr(mount::ExportPaths(current).all());
  }
  return list_;
}

}  // namespace encluster::mount_responder
