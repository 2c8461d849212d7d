#include "mount_responder/datagram_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace encluster::mount_responder {

using boost::asio::ip::udp;
using boost::system::error_code;

namespace {

/// Room for one control message of this type.
struct PacketInfo {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> bytes{};
};

void set_option(int socket, int option, int value) {
  if (::setsockopt(socket, IPPROTO_IP, option, &value, sizeof value) != 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), "setsockopt");
  }
}

/// Where a received message was sent to. Nothing if it does not say.
std::optional<Ipv4Address> own_address(msghdr& message) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != IPPROTO_IP || one->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo info;
    std::memcpy(&info, CMSG_DATA(one), sizeof info);
    return Ipv4Address(ntohl(info.ipi_spec_dst.s_addr));
  }
  return std::nullopt;
}

/// The message leaves from this address.
void set_own_address(msghdr& message, Ipv4Address own) {
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_IP;
  header->cmsg_type = IP_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo info{};
  info.ipi_spec_dst.s_addr = htonl(own.value());
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
}

msghdr message_of(sockaddr_in& peer, iovec& data, PacketInfo& control) {
  msghdr message{};
  message.msg_name = &peer;
  message.msg_namelen = sizeof peer;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  return message;
}

}  // namespace

DatagramSocket::DatagramSocket(const boost::asio::any_io_executor& executor)
    : socket_(executor, udp::endpoint(udp::v4(), 0)) {
  socket_.non_blocking(true);
  set_option(socket_.native_handle(), IP_PKTINFO, 1);
  // ICMP errors go to nodes, not here: a datagram with DF would be lost where the MTU is smaller.
  set_option(socket_.native_handle(), IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
}

PortNumber DatagramSocket::port() const { return PortNumber(socket_.local_endpoint().port()); }

void DatagramSocket::await(std::function<void()> ready) {
  socket_.async_wait(udp::socket::wait_read,
                     [ready = std::move(ready), alive = std::weak_ptr(alive_)](const error_code&) {
                       if (!alive.expired()) ready();
                     });
}

std::optional<Received> DatagramSocket::receive(std::span<std::byte> room) {
  sockaddr_in peer{};
  iovec data{room.data(), room.size()};
  PacketInfo control;
  msghdr message = message_of(peer, data, control);
  const ssize_t size = ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
  if (size < 0) return std::nullopt;
  const auto own = own_address(message);
  if (!own) return std::nullopt;
  return Received{
      static_cast<std::size_t>(size),
      (message.msg_flags & MSG_TRUNC) == 0,
      {Ipv4Address(ntohl(peer.sin_addr.s_addr)), PortNumber(ntohs(peer.sin_port)), *own}};
}

bool DatagramSocket::send(std::span<const std::byte> datagram, const Asker& to) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(to.remote.value());
  peer.sin_port = htons(to.port.value());
  iovec data{const_cast<std::byte*>(datagram.data()), datagram.size()};
  PacketInfo control;
  msghdr message = message_of(peer, data, control);
  set_own_address(message, to.own);
  return ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

}  // namespace encluster::mount_responder
