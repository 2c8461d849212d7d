// disturb PARENT TAP LOSS REORDER: a bad cable in user space, since not every kernel has one of its own
// (netem). What is sent to the TAP leaves by PARENT, and what PARENT receives comes out of the TAP,
// but for LOSS frames of a thousand, and with REORDER of a thousand behind the next one of their
// direction, or two milliseconds late. Runs until it is killed; prints a line when it is ready.
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cable.h"

enum { kLongest = 65536, kPatience = 2 };

struct direction {
  int to;
  char held[kLongest];
  ssize_t held_length;  // 0: none
};

static bool happens(int of_a_thousand) { return rand() % 1000 < of_a_thousand; }

static void release(struct direction *way) {
  if (way->held_length > 0 && write(way->to, way->held, (size_t)way->held_length) < 0)
    warn("a frame");
  way->held_length = 0;
}

static void pass(struct direction *way, const char *frame, ssize_t length, int loss, int reorder) {
  if (happens(loss)) return;
  if (way->held_length == 0 && happens(reorder)) {
    memcpy(way->held, frame, (size_t)length);
    way->held_length = length;
    return;
  }
  if (write(way->to, frame, (size_t)length) < 0) warn("a frame");
  release(way);
}

// What PARENT sends is heard there, too.
static ssize_t receive(int parent, char *frame) {
  struct sockaddr_ll from;
  socklen_t size = sizeof from;
  const ssize_t length =
      recvfrom(parent, frame, kLongest, 0, (struct sockaddr *)&from, &size);
  return from.sll_pkttype == PACKET_OUTGOING ? 0 : length;
}

int main(int count, char **arguments) {
  if (count != 5) errx(2, "usage: disturb PARENT TAP LOSS REORDER");
  const int parent = open_parent(arguments[1]);
  const int bytes = 1 << 23;
  setsockopt(parent, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  const int tap = open_tap(arguments[2]);
  const int loss = atoi(arguments[3]);
  const int reorder = atoi(arguments[4]);
  static struct direction in, out;
  in.to = tap;
  out.to = parent;
  puts("ready");
  fflush(stdout);
  for (;;) {
    static char frame[kLongest];
    struct pollfd ready[2] = {{parent, POLLIN, 0}, {tap, POLLIN, 0}};
    const int events = poll(ready, 2, in.held_length + out.held_length > 0 ? kPatience : -1);
    if (events < 0) err(1, "poll");
    if (events == 0) {
      release(&in);
      release(&out);
    }
    if (ready[0].revents) {
      const ssize_t length = receive(parent, frame);
      if (length > 0) pass(&in, frame, length, loss, reorder);
    }
    if (ready[1].revents) {
      const ssize_t length = read(tap, frame, sizeof frame);
      if (length > 0) pass(&out, frame, length, loss, reorder);
    }
  }
}
