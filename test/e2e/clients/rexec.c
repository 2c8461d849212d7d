// rexec HOST USER PASSWORD COMMAND: runs the command on the host by the rexec protocol, through the
// C library's rexec(3). Debian has no other rexec client. Standard error comes over a connection of
// its own, from the server to this program.
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

// Copies what has arrived; returns 0 when the other side has ended.
static int copy(int from, int to) {
  char buffer[65536];
  ssize_t length = read(from, buffer, sizeof buffer);
  return length > 0 && write(to, buffer, (size_t)length) == length;
}

int main(int count, char** words) {
  if (count != 5) {
    fprintf(stderr, "usage: rexec HOST USER PASSWORD COMMAND\n");
    return 2;
  }
  int error = -1;
  int out = rexec(&words[1], htons(512), words[2], words[3], words[4], &error);
  if (out < 0) return 1;
  shutdown(out, SHUT_WR);
  struct pollfd streams[2] = {{.fd = out, .events = POLLIN}, {.fd = error, .events = POLLIN}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    if (poll(streams, 2, -1) < 0) return 1;
    for (int i = 0; i < 2; ++i)
      if (streams[i].revents && !copy(streams[i].fd, i == 0 ? STDOUT_FILENO : STDERR_FILENO))
        streams[i].fd = -1;
  }
  return 0;
}
