#include "mount_responder/dump_round.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace encluster::mount_responder {

using boost::asio::ip::udp;
using boost::system::error_code;

namespace {

/// As much as the kernel lets a socket wait: nodes answer all at once.
constexpr int kReceiveBuffer = 4 * 1024 * 1024;

udp::endpoint endpoint_of(Ipv4Address address, PortNumber port) {
  return {boost::asio::ip::address_v4(address.value()), port.value()};
}

}  // namespace

DumpRound::DumpRound(const boost::asio::any_io_executor& executor, Ipv4Address from,
                     const std::vector<Mountd>& mountds, Hooks hooks, const Limits& limits)
    : socket_(executor),
      timer_(executor),
      from_(from),
      unanswered_(mountds.size()),
      hooks_(std::move(hooks)),
      limits_(limits) {
  std::random_device source;
  for (const Mountd& mountd : mountds) {
    questions_.push_back({mountd.node, endpoint_of(mountd.address, mountd.port), source()});
  }
}

void DumpRound::start() {
  error_code error;
  socket_.open(udp::v4(), error);
  if (!error) socket_.bind(endpoint_of(from_, PortNumber()), error);
  error_code ignored;
  socket_.set_option(boost::asio::socket_base::receive_buffer_size(kReceiveBuffer), ignored);
  socket_.non_blocking(true, ignored);
  // Without an address of the interconnect's, nobody is heard.
  if (error || questions_.empty()) {
    boost::asio::post(timer_.get_executor(), [self = shared_from_this()] { self->finish(); });
    return;
  }
  receive();
  ask();
}

void DumpRound::stop() {
  over_ = true;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

/// A call that cannot be sent counts as one that was lost.
void DumpRound::ask() {
  if (asked_++ == limits_.times) return finish();
  for (const Question& question : questions_) {
    if (question.answered) continue;
    error_code ignored;
    socket_.send_to(boost::asio::buffer(dump_call(question.xid)), question.at, 0, ignored);
  }
  timer_.expires_after(limits_.again);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error && !self->over_) self->ask();
  });
}

void DumpRound::receive() {
  socket_.async_receive_from(
      boost::asio::buffer(buffer_), sender_,
      [self = shared_from_this()](const error_code& error, std::size_t size) {
        if (self->over_) return;
        if (!error) self->take(size);
        if (!self->over_) self->receive();
      });
}

/// Only who was asked can answer, once, and with its own number.
void DumpRound::take(std::size_t size) {
  const auto bytes = std::span(buffer_).first(size);
  const auto question = std::ranges::find_if(questions_, [&](const Question& one) {
    return !one.answered && one.at == sender_ && is_reply_to(bytes, one.xid);
  });
  if (question == questions_.end()) return;
  question->answered = true;
  hooks_.heard(question->node, read_dump_reply(bytes, question->xid));
  if (--unanswered_ == 0) finish();
}

void DumpRound::finish() {
  if (over_) return;
  stop();
  std::vector<NodeId> silent;
  for (const Question& question : questions_) {
    if (!question.answered) silent.push_back(question.node);
  }
  hooks_.over(silent);
}

}  // namespace encluster::mount_responder
