#include "rpcbind/rpcbind.hpp"

#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace encluster::rpcbind {

namespace {

constexpr timeval kWait{kLimit.count(), 0};

[[noreturn]] void fail(const std::string& reason) {
  throw std::runtime_error(_PATH_RPCBINDSOCK ": " + reason);
}

/// What a call without arguments has, in the type that XDR wants.
bool_t encode_nothing(XDR*, ...) { return TRUE; }

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

/// For a call: XDR takes texts that may be written to, and writes to none.
RPCB map_of(Registration& registration) {
  RPCB map{};
  map.r_prog = registration.program;
  map.r_vers = registration.version;
  map.r_netid = registration.network.data();
  map.r_addr = registration.address.data();
  map.r_owner = registration.owner.data();
  return map;
}

}  // namespace

/// The connection goes over a local socket: there rpcbind knows users.
class Rpcbind::Client {
 public:
  Client() {
    try {
      connect();
    } catch (...) {
      end();
      throw;
    }
  }
  ~Client() { end(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  template <typename Result>
  void call(rpcproc_t procedure, xdrproc_t encode, void* argument, xdrproc_t decode,
            Result& result) {
    const clnt_stat status = clnt_call(client_, procedure, encode, static_cast<char*>(argument),
                                       decode, reinterpret_cast<char*>(&result), kWait);
    if (status != RPC_SUCCESS) fail(clnt_sperrno(status));
  }
  void free(xdrproc_t decode, void* result) { clnt_freeres(client_, decode, result); }

 private:
  /// The limit holds for sending, and so for connect(), which waits while too many others do.
  void connect() {
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, _PATH_RPCBINDSOCK, sizeof(address.sun_path) - 1);
    if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kWait, sizeof kWait) != 0 ||
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      fail(std::strerror(errno));
    }
    netbuf peer{.maxlen = sizeof address, .len = sizeof address, .buf = &address};
    client_ = clnt_vc_create(socket_, &peer, RPCBPROG, RPCBVERS, 0, 0);
    if (client_ == nullptr) fail(clnt_spcreateerror("RPC"));
    timeval limit = kWait;
    clnt_control(client_, CLSET_TIMEOUT, reinterpret_cast<char*>(&limit));
  }
  void end() {
    if (client_ != nullptr) clnt_destroy(client_);
    if (socket_ >= 0) ::close(socket_);
  }

  int socket_ = -1;
  CLIENT* client_ = nullptr;
};

Rpcbind::Rpcbind() : client_(std::make_unique<Client>()) {}

Rpcbind::~Rpcbind() = default;

std::vector<Registration> Rpcbind::list() {
  const auto decode = reinterpret_cast<xdrproc_t>(xdr_rpcblist_ptr);
  rpcblist_ptr list = nullptr;
  client_->call(RPCBPROC_DUMP, &encode_nothing, nullptr, decode, list);
  std::vector<Registration> registrations;
  for (const rp__list* entry = list; entry != nullptr; entry = entry->rpcb_next) {
    const RPCB& map = entry->rpcb_map;
    registrations.push_back({static_cast<std::uint32_t>(map.r_prog),
                             static_cast<std::uint32_t>(map.r_vers), text_of(map.r_netid),
                             text_of(map.r_addr), text_of(map.r_owner)});
  }
  client_->free(decode, &list);
  return registrations;
}

bool Rpcbind::set(const Registration& registration) { return change(RPCBPROC_SET, registration); }

bool Rpcbind::unset(const Registration& registration) {
  return change(RPCBPROC_UNSET, registration);
}

bool Rpcbind::change(std::uint32_t procedure, const Registration& registration) {
  Registration copy = registration;
  RPCB map = map_of(copy);
  bool_t done = FALSE;
  client_->call(procedure, reinterpret_cast<xdrproc_t>(xdr_rpcb), &map,
                reinterpret_cast<xdrproc_t>(xdr_bool), done);
  return done != FALSE;
}

std::string any_address(PortNumber port) {
  return "0.0.0.0." + std::to_string(port.value() >> 8) + '.' + std::to_string(port.value() & 0xff);
}

}  // namespace encluster::rpcbind
