// What stands between a network interface and a TAP. Failures end the program.
#pragma once
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// All frames of the interface, those that it sends among them (PACKET_OUTGOING).
static inline int open_parent(const char *name) {
  const int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (fd < 0) err(1, "a packet socket");
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  address.sll_ifindex = (int)if_nametoindex(name);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) err(1, "%s", name);
  return fd;
}

// The TAP, which there is already.
static inline int open_tap(const char *name) {
  const int fd = open("/dev/net/tun", O_RDWR);
  if (fd < 0) err(1, "/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) err(1, "%s", name);
  return fd;
}
