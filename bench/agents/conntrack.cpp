#include "agents/conntrack.hpp"

#include <fmt/format.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "agents/sockets.hpp"

namespace encluster::bench {

using agent_protocol::TcpSocket;

namespace {

constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Ipv4Address kNode(10, 77, 0, 11);
constexpr std::uint32_t kSecondsToLive = 3600;
/// Sent to the kernel at once: what it answers fits in the socket's buffer whatever happens.
constexpr std::size_t kBatch = 64;

using Message = std::unique_ptr<nl_msg, decltype(&nlmsg_free)>;
using Socket = std::unique_ptr<nl_sock, decltype(&nl_socket_free)>;

void check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(fmt::format("{}: {}", what, nl_geterror(result)));
}

/// A host with one of its ports.
struct End {
  Ipv4Address address;
  PortNumber port;
};

void put_tuple(nl_msg* message, int type, const End& from, const End& to) {
  nlattr* const tuple = nla_nest_start(message, type);
  nlattr* const addresses = nla_nest_start(message, CTA_TUPLE_IP);
  nla_put_u32(message, CTA_IP_V4_SRC, htonl(from.address.value()));
  nla_put_u32(message, CTA_IP_V4_DST, htonl(to.address.value()));
  nla_nest_end(message, addresses);
  nlattr* const ports = nla_nest_start(message, CTA_TUPLE_PROTO);
  nla_put_u8(message, CTA_PROTO_NUM, static_cast<std::uint8_t>(Protocol::tcp));
  nla_put_u16(message, CTA_PROTO_SRC_PORT, htons(from.port.value()));
  nla_put_u16(message, CTA_PROTO_DST_PORT, htons(to.port.value()));
  nla_nest_end(message, ports);
  nla_nest_end(message, tuple);
}

/// @param flags of the netlink header, beside those of a request
void append(std::string& batch, const TcpSocket& socket, int flags) {
  const Message message(nlmsg_alloc_simple(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
                                           NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | flags),
                        &nlmsg_free);
  nfgenmsg header{};
  header.nfgen_family = AF_INET;
  header.version = NFNETLINK_V0;
  check(nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO), "a netlink message");
  const End remote{socket.remote, socket.remote_port};
  put_tuple(message.get(), CTA_TUPLE_ORIG, remote, {kCluster, socket.shown});
  put_tuple(message.get(), CTA_TUPLE_REPLY, {kNode, socket.port}, remote);
  nla_put_u32(message.get(), CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
  nla_put_u32(message.get(), CTA_TIMEOUT, htonl(kSecondsToLive));
  nlattr* const information = nla_nest_start(message.get(), CTA_PROTOINFO);
  nlattr* const tcp = nla_nest_start(message.get(), CTA_PROTOINFO_TCP);
  nla_put_u8(message.get(), CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
  nla_nest_end(message.get(), tcp);
  nla_nest_end(message.get(), information);
  const nlmsghdr* const whole = nlmsg_hdr(message.get());
  batch.append(reinterpret_cast<const char*>(whole), NLMSG_ALIGN(whole->nlmsg_len));
}

}  // namespace

double conntrack_rate(std::size_t connections, PortNumber service) {
  const Socket socket(nl_socket_alloc(), &nl_socket_free);
  if (socket == nullptr) throw std::bad_alloc();
  nl_socket_disable_seq_check(socket.get());
  check(nl_connect(socket.get(), NETLINK_NETFILTER), "a netlink socket");
  const auto begin = std::chrono::steady_clock::now();
  std::string batch;
  for (std::size_t i = 0; i < connections; ++i) {
    const bool last = (i + 1) % kBatch == 0 || i + 1 == connections;
    append(batch, made_up_socket(i, service), last ? NLM_F_ACK : 0);
    if (!last) continue;
    check(nl_sendto(socket.get(), batch.data(), batch.size()), "sending to the kernel");
    check(nl_wait_for_ack(socket.get()), "the kernel's connection tracking");
    batch.clear();
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(connections) / time.count();
}

}  // namespace encluster::bench
