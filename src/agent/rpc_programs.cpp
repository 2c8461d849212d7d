#include "agent/rpc_programs.hpp"

#include <fmt/format.h>
#include <rpc/rpc.h>
#include <rpc/rpcb_prot.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "control/file_descriptor.hpp"

namespace encluster::agent {

namespace {

constexpr timeval kLimit{kRpcbindLimit.count(), 0};

[[noreturn]] void fail(const std::string& reason) {
  throw std::runtime_error(fmt::format("{}: {}", _PATH_RPCBINDSOCK, reason));
}

template <typename Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The last two of six bytes that are written with dots between them.
std::optional<PortNumber> port_of(std::string_view address) {
  std::array<std::uint8_t, 6> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto dot = address.find('.');
    if ((dot == std::string_view::npos) != (i + 1 == bytes.size())) return std::nullopt;
    const auto byte = read_number<std::uint8_t>(address.substr(0, dot));
    if (!byte) return std::nullopt;
    bytes[i] = *byte;
    address.remove_prefix(std::min(dot, address.size() - 1) + 1);
  }
  const PortNumber port(static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5]));
  return port == PortNumber() ? std::nullopt : std::optional(port);
}

/// The protocol by IPv4 that a name of netconfig(5) means.
std::optional<Protocol> protocol_of(std::string_view network) {
  if (network == "tcp") return Protocol::tcp;
  if (network == "udp") return Protocol::udp;
  return std::nullopt;
}

/// Over its local socket: there it knows users. Limits hold for sending as well, and so for
/// connect(), which waits while too many others do.
control::FileDescriptor connect_to_rpcbind() {
  control::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, _PATH_RPCBINDSOCK, sizeof(address.sun_path) - 1);
  if (socket.get() < 0 ||
      setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kLimit, sizeof(kLimit)) != 0 ||
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    fail(std::strerror(errno));
  }
  return socket;
}

/// What a call without arguments has, in the type that XDR wants.
bool_t encode_nothing(XDR*, ...) { return TRUE; }

struct Destroy {
  void operator()(CLIENT* client) const noexcept { clnt_destroy(client); }
};
using Client = std::unique_ptr<CLIENT, Destroy>;

Client client_of(const control::FileDescriptor& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  netbuf peer{.maxlen = sizeof(address), .len = sizeof(address), .buf = &address};
  Client client(clnt_vc_create(socket.get(), &peer, RPCBPROG, RPCBVERS, 0, 0));
  if (!client) fail(clnt_spcreateerror("RPC"));
  timeval limit = kLimit;
  clnt_control(client.get(), CLSET_TIMEOUT, reinterpret_cast<char*>(&limit));
  return client;
}

}  // namespace

std::optional<RpcProgram> read_rpc_program(std::uint32_t number, const char* network,
                                           const char* address, const char* owner) {
  if (network == nullptr || address == nullptr) return std::nullopt;
  const auto protocol = protocol_of(network);
  const auto port = port_of(address);
  if (!protocol || !port) return std::nullopt;
  RpcProgram program{.number = number, .port = {*protocol, *port}, .user = std::nullopt};
  const std::string_view who = owner == nullptr ? "" : owner;
  if (who == "superuser" || who == "unknown") return program;
  program.user = read_number<uid_t>(who);
  return program.user ? std::optional(program) : std::nullopt;
}

std::vector<RpcProgram> rpc_programs() {
  const control::FileDescriptor socket = connect_to_rpcbind();
  const Client client = client_of(socket);
  rpcblist_ptr list = nullptr;
  const clnt_stat status = clnt_call(client.get(), RPCBPROC_DUMP, &encode_nothing, nullptr,
                                     reinterpret_cast<xdrproc_t>(xdr_rpcblist_ptr), &list, kLimit);
  std::vector<RpcProgram> programs;
  for (const rp__list* entry = list; entry != nullptr; entry = entry->rpcb_next) {
    const RPCB& map = entry->rpcb_map;
    const auto program = read_rpc_program(static_cast<std::uint32_t>(map.r_prog), map.r_netid,
                                          map.r_addr, map.r_owner);
    if (program) programs.push_back(*program);
  }
  clnt_freeres(client.get(), reinterpret_cast<xdrproc_t>(xdr_rpcblist_ptr), &list);
  if (status != RPC_SUCCESS) fail(clnt_sperrno(status));
  std::ranges::sort(programs);
  programs.erase(std::unique(programs.begin(), programs.end()), programs.end());
  return programs;
}

}  // namespace encluster::agent
