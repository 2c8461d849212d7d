// vlan PARENT ID TAP: a VLAN interface in user space, since not every kernel has one of its own
// (CONFIG_VLAN_8021Q). What is sent to the TAP leaves by PARENT with the tag, what PARENT receives
// with the tag comes out of the TAP. Runs until it is killed; prints a line when it is ready.
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cable.h"

enum { kMacs = 12, kTag = 4, kLongest = 65536 };

// The kernel takes tags off and tells them beside the frame. -1: the frame had none.
static int tag_beside(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA) continue;
    struct tpacket_auxdata aux;
    memcpy(&aux, CMSG_DATA(c), sizeof aux);
    return aux.tp_status & TP_STATUS_VLAN_VALID ? aux.tp_vlan_tci & 0xfff : -1;
  }
  return -1;
}

static void to_tap(int parent, int tap, int id) {
  static char frame[kLongest];
  char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
  struct sockaddr_ll from;
  struct iovec bytes = {frame, sizeof frame};
  struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &bytes,
                           .msg_iovlen = 1, .msg_control = control,
                           .msg_controllen = sizeof control};
  const ssize_t length = recvmsg(parent, &message, 0);
  if (length <= 0 || from.sll_pkttype == PACKET_OUTGOING || tag_beside(&message) != id) return;
  if (write(tap, frame, (size_t)length) < 0) warn("the TAP");
}

static void to_parent(int tap, int parent, int id) {
  static char frame[kLongest];
  const ssize_t length = read(tap, frame + kTag, sizeof frame - kTag);
  if (length < kMacs) return;
  memmove(frame, frame + kTag, kMacs);
  const uint16_t tag[2] = {htons(ETH_P_8021Q), htons((uint16_t)id)};
  memcpy(frame + kMacs, tag, sizeof tag);
  if (send(parent, frame, (size_t)length + kTag, 0) < 0) warn("the parent");
}

int main(int count, char **arguments) {
  if (count != 4) errx(2, "usage: vlan PARENT ID TAP");
  const int id = atoi(arguments[2]);
  const int parent = open_parent(arguments[1]);
  const int on = 1;
  if (setsockopt(parent, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) < 0) err(1, "PACKET_AUXDATA");
  const int tap = open_tap(arguments[3]);
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct pollfd ready[2] = {{parent, POLLIN, 0}, {tap, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0) err(1, "poll");
    if (ready[0].revents) to_tap(parent, tap, id);
    if (ready[1].revents) to_parent(tap, parent, id);
  }
}
