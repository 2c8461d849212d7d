#include "nfs_probe/nfs_probe.hpp"

#include <netinet/in.h>
#include <rpc/rpc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace encluster::nfs_probe {

namespace {

constexpr rpcprog_t kMountProgram = 100005;
constexpr rpcprog_t kNfsProgram = 100003;
constexpr rpcvers_t kVersion = 3;
constexpr rpcproc_t kMnt = 1;
constexpr rpcproc_t kGetattr = 1;
constexpr u_int kMostHandle = 64;  // FHSIZE3
constexpr timeval kWait{kLimit.count(), 0};

/// Opaque bytes of variable length, at most as many as a handle has.
struct Handle {
  std::array<char, kMostHandle> bytes{};
  u_int size = 0;
};

bool_t code_handle(XDR* xdr, Handle& handle) {
  char* bytes = handle.bytes.data();
  return xdr_bytes(xdr, &bytes, &handle.size, kMostHandle);
}

/// mountres3: what follows a handle are flavours of authentication, which nobody here reads.
struct MountResult {
  u_int status = 0;
  Handle handle;
};

bool_t decode_mount_result(XDR* xdr, MountResult* result) {
  if (xdr_u_int(xdr, &result->status) == FALSE) return FALSE;
  return result->status != 0 ? TRUE : code_handle(xdr, result->handle);
}

/// GETATTR3res: of fattr3, fsid alone is read.
struct AttributesResult {
  u_int status = 0;
  uint64_t fsid = 0;
};

bool_t decode_attributes_result(XDR* xdr, AttributesResult* result) {
  if (xdr_u_int(xdr, &result->status) == FALSE) return FALSE;
  if (result->status != 0) return TRUE;
  // type, mode, nlink, uid, gid; size and used are of two words each, and so is rdev
  constexpr int kWordsBefore = 5 + 2 * 2 + 2;
  for (int i = 0; i < kWordsBefore; ++i) {
    u_int ignored = 0;
    if (xdr_u_int(xdr, &ignored) == FALSE) return FALSE;
  }
  return xdr_uint64_t(xdr, &result->fsid);
}

bool_t encode_path(XDR* xdr, std::string* path) {
  char* text = path->data();
  return xdr_string(xdr, &text, 1024);
}

bool_t encode_handle(XDR* xdr, Handle* handle) { return code_handle(xdr, *handle); }

sockaddr_in address_of(Ipv4Address address, PortNumber port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address.value());
  result.sin_port = htons(port.value());
  return result;
}

/// One program of one server, by UDP.
class Client {
 public:
  Client(Ipv4Address server, PortNumber port, Ipv4Address from, rpcprog_t program) {
    try {
      open(server, port, from, program);
    } catch (...) {
      close();
      throw;
    }
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  template <typename Argument, typename Result>
  void call(rpcproc_t procedure, bool_t (*encode)(XDR*, Argument*), Argument& argument,
            bool_t (*decode)(XDR*, Result*), Result& result) {
    const clnt_stat status =
        clnt_call(client_, procedure, reinterpret_cast<xdrproc_t>(encode),
                  reinterpret_cast<char*>(&argument), reinterpret_cast<xdrproc_t>(decode),
                  reinterpret_cast<char*>(&result), kWait);
    if (status != RPC_SUCCESS) throw NoAnswer(clnt_sperrno(status));
  }

 private:
  void open(Ipv4Address server, PortNumber port, Ipv4Address from, rpcprog_t program) {
    socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) throw NoAnswer(std::strerror(errno));
    sockaddr_in own = address_of(from, PortNumber());
    if (bindresvport(socket_, &own) != 0) {
      own = address_of(from, PortNumber());
      if (::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
        throw NoAnswer(std::strerror(errno));
      }
    }
    sockaddr_in peer = address_of(server, port);
    netbuf address{.maxlen = sizeof peer, .len = sizeof peer, .buf = &peer};
    client_ = clnt_dg_create(socket_, &address, program, kVersion, 0, 0);
    if (client_ == nullptr) throw NoAnswer(clnt_spcreateerror("RPC"));
    timeval again{0, 300'000};
    clnt_control(client_, CLSET_RETRY_TIMEOUT, reinterpret_cast<char*>(&again));
    if (AUTH* const root = authunix_create(host_.data(), 0, 0, 0, nullptr)) client_->cl_auth = root;
  }
  void close() {
    if (client_ != nullptr) {
      auth_destroy(client_->cl_auth);
      clnt_destroy(client_);
    }
    if (socket_ >= 0) ::close(socket_);
  }

  std::string host_ = "encluster-agent";
  int socket_ = -1;
  CLIENT* client_ = nullptr;
};

void require_success(u_int status, const char* procedure) {
  if (status == 0) return;
  // The numbers are those of Unix, as far as it has them.
  throw Denied(std::string(procedure) + ": " +
               (status < 100 ? std::strerror(static_cast<int>(status)) : std::to_string(status)));
}

}  // namespace

Directory probe(const Server& server, Ipv4Address from, const std::string& path) {
  MountResult mounted;
  std::string argument = path;
  Client(server.address, server.mount_port, from, kMountProgram)
      .call(kMnt, &encode_path, argument, &decode_mount_result, mounted);
  require_success(mounted.status, "MNT");
  AttributesResult attributes;
  Client(server.address, server.nfs_port, from, kNfsProgram)
      .call(kGetattr, &encode_handle, mounted.handle, &decode_attributes_result, attributes);
  require_success(attributes.status, "GETATTR");
  const auto bytes = std::as_bytes(std::span(mounted.handle.bytes)).first(mounted.handle.size);
  return {.handle = {bytes.begin(), bytes.end()}, .fsid = attributes.fsid};
}

}  // namespace encluster::nfs_probe
