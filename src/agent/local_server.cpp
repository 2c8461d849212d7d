#include "agent/local_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "agent/local_socket.hpp"

namespace encluster::agent {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kPause{100};
constexpr int kAcceptedAtOnce = 16;

bool may_lease(int socket) {
  const auto user = peer_of(socket);
  return user && (*user == 0 || *user == geteuid());
}

}  // namespace

LocalServer::LocalServer(const asio::any_io_executor& executor, std::filesystem::path path,
                         Handlers handlers, control::Logger& log)
    : path_(std::move(path)),
      handlers_(std::move(handlers)),
      log_(log),
      listener_(executor, listen_local(path_).release()),
      pause_(executor) {
  await_keepers();
}

LocalServer::~LocalServer() {
  error_code ignored;
  std::error_code not_there;
  std::filesystem::remove(path_, not_there);
  listener_.close(ignored);
  for (auto& [keeper, socket] : keepers_) socket->close(ignored);
}

void LocalServer::await_keepers() {
  listener_.async_wait(Descriptor::wait_read, [this](const error_code& error) {
    if (error) return;
    if (accept_all()) return await_keepers();
    pause_.expires_after(kPause);
    pause_.async_wait([this](const error_code& stopped) {
      if (!stopped) await_keepers();
    });
  });
}

bool LocalServer::accept_all() {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    const int socket =
        accept4(listener_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      welcome(socket);
      continue;
    }
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return true;
    log_.warning("keepers_wait", {{"reason", std::strerror(errno)}});
    return false;
  }
  return true;
}

void LocalServer::welcome(int socket) {
  control::FileDescriptor owned(socket);
  if (!may_lease(socket)) {
    log_.warning("keeper_refused", {{"user", peer_of(socket).value_or(0)}});
    static_cast<void>(send_local(socket, encode(ToKeeper(Forbidden{}))));
    return;
  }
  if (keepers_.size() >= kMaxKeepers) {
    log_.warning("keeper_refused", {{"connected", keepers_.size()}});
    return;
  }
  const KeeperId keeper = ++last_;
  const auto descriptor = std::make_shared<Descriptor>(listener_.get_executor(), owned.release());
  keepers_.emplace(keeper, descriptor);
  await_message(keeper, descriptor);
}

void LocalServer::await_message(KeeperId keeper, const std::shared_ptr<Descriptor>& socket) {
  socket->async_wait(Descriptor::wait_read, [this, keeper, socket](const error_code& error) {
    // Of a closed descriptor nothing counts any more, not even this server.
    if (error || !socket->is_open()) return;
    if (read_one(keeper, *socket)) await_message(keeper, socket);
  });
}

bool LocalServer::read_one(KeeperId keeper, Descriptor& socket) {
  std::string text;
  switch (receive_local(socket.native_handle(), text)) {
    case Reception::nothing:
      return true;
    case Reception::closed:
      close(keeper);
      return false;
    case Reception::message:
      break;
  }
  const auto message = decode_from_keeper(text);
  if (!message || !handlers_.received(keeper, *message)) {
    log_.warning("keeper_refused", {{"reason", message ? "out of place" : "no message"}});
    close(keeper);
  }
  return socket.is_open();
}

void LocalServer::send(KeeperId keeper, const ToKeeper& message) {
  const auto found = keepers_.find(keeper);
  if (found == keepers_.end()) return;
  if (send_local(found->second->native_handle(), encode(message)) || errno == EAGAIN) return;
  close(keeper);
}

void LocalServer::close(KeeperId keeper) {
  const auto found = keepers_.find(keeper);
  if (found == keepers_.end()) return;
  error_code ignored;
  found->second->close(ignored);
  keepers_.erase(found);
  handlers_.gone(keeper);
}

}  // namespace encluster::agent
