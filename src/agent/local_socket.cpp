#include "agent/local_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "agent/local_protocol.hpp"

namespace encluster::agent {

namespace {

using control::FileDescriptor;

constexpr int kBacklog = 128;
constexpr mode_t kNobodyElse = 0117;
constexpr mode_t kFolder = 0755;

/// @pre the path fits (socket_path() in agent_configuration.hpp)
sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

FileDescriptor make_socket() {
  return FileDescriptor(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

[[noreturn]] void fail(const std::filesystem::path& path, const char* what, int error) {
  throw std::system_error(error, std::generic_category(), std::string(what) + ' ' + path.string());
}

/// Removes a socket that was left behind.
void remove_stale(const std::filesystem::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const FileDescriptor other = connect_local(path);
  const int reason = errno;
  if (other.get() >= 0 || reason == EAGAIN) fail(path, "another agent listens at", EADDRINUSE);
  if (reason == ECONNREFUSED) unlink(path.c_str());
}

}  // namespace

FileDescriptor connect_local(const std::filesystem::path& path) {
  FileDescriptor descriptor = make_socket();
  const sockaddr_un address = address_of(path);
  if (descriptor.get() >= 0 && connect(descriptor.get(), generic(address), sizeof(address)) == 0) {
    return descriptor;
  }
  const int reason = errno;
  descriptor = FileDescriptor();
  errno = reason;
  return {};
}

FileDescriptor listen_local(const std::filesystem::path& path) {
  remove_stale(path);
  // systemd makes it; without systemd nobody does.
  mkdir(path.parent_path().c_str(), kFolder);
  FileDescriptor descriptor = make_socket();
  const sockaddr_un address = address_of(path);
  const mode_t mask = umask(kNobodyElse);
  const int bound = bind(descriptor.get(), generic(address), sizeof(address));
  const int reason = errno;
  umask(mask);
  if (bound != 0) fail(path, "cannot listen at", reason);
  if (listen(descriptor.get(), kBacklog) != 0) fail(path, "cannot listen at", errno);
  return descriptor;
}

Reception receive_local(int socket, std::string& message) {
  std::array<char, kMaxLocalMessage> buffer{};
  const ssize_t size =
      recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return Reception::nothing;
  if (size <= 0 || static_cast<std::size_t>(size) > buffer.size()) return Reception::closed;
  message.assign(buffer.data(), static_cast<std::size_t>(size));
  return Reception::message;
}

bool send_local(int socket, std::string_view message) {
  const ssize_t sent = send(socket, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(message.size());
}

std::optional<uid_t> peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

}  // namespace encluster::agent
