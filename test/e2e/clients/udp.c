// A UDP server and a client that lose nothing themselves and tell what the network lost.
//   udp serve PORT FOLDER             sends each datagram back, behind the host's name and a blank
//   udp ask ADDRESS PORT              sends one datagram a millisecond until SIGINT or SIGTERM, then
//                                     prints "SENT ANSWERED"
//   udp idle ADDRESS PORT COUNT [SOURCE]
//                                     opens TCP connections from this address, prints how many came up
//                                     within 5 s, and holds them until it is killed
//   udp bind FIRST LAST               binds all these UDP ports, and holds them until it is killed
// While a server runs, FOLDER/NAME.PID.BEGIN has two numbers: when it began, and when it was last
// alive, at most a few milliseconds ago, both in nanoseconds since the machine's boot.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;
static void end(int number) { ended = number; }

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int fail(const char* what) {
  perror(what);
  return 1;
}

static struct sockaddr_in at(const char* address, const char* port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  inet_pton(AF_INET, address, &name.sin_addr);
  return name;
}

static int udp_socket(void) {
  int size = 8 << 20;
  int udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  return udp;
}

static int serve(const char* port, const char* folder) {
  char host[65] = "", path[4096], record[64], data[65536 + 66];
  long long begin = now();
  gethostname(host, sizeof host - 1);
  snprintf(path, sizeof path, "%s/%s.%d.%lld", folder, host, (int)getpid(), begin);
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return fail(path);
  struct sockaddr_in name = at("0.0.0.0", port);
  int udp = udp_socket();
  if (bind(udp, (struct sockaddr*)&name, sizeof name) != 0) return fail("bind");
  size_t head = (size_t)snprintf(data, sizeof data, "%s ", host);
  while (!ended) {
    int length = snprintf(record, sizeof record, "%020lld %020lld\n", begin, now());
    if (pwrite(file, record, (size_t)length, 0) != length) return fail(path);
    struct pollfd ready = {.fd = udp, .events = POLLIN};
    poll(&ready, 1, 1);
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t got = recvfrom(udp, data + head, sizeof data - head, 0, (struct sockaddr*)&from, &size);
    if (got >= 0) sendto(udp, data, head + (size_t)got, 0, (struct sockaddr*)&from, size);
  }
  return 0;
}

static int ask(const char* address, const char* port) {
  struct sockaddr_in name = at(address, port);
  int udp = udp_socket();
  // Connected: takes answers from that address and port only.
  if (connect(udp, (struct sockaddr*)&name, sizeof name) != 0) return fail("connect");
  long sent = 0, answered = 0;
  long long next = now(), last = 0;
  char data[256];
  while (!ended || now() < last + 2000000000LL) {
    if (!ended && now() >= next) {
      int length = snprintf(data, sizeof data, "%ld", sent);
      if (send(udp, data, (size_t)length, 0) == length) ++sent;
      next += 1000000;
      last = now();
    }
    struct pollfd ready = {.fd = udp, .events = POLLIN};
    poll(&ready, 1, now() < next || ended ? 1 : 0);
    while (recv(udp, data, sizeof data, 0) >= 0) ++answered;
  }
  printf("%ld %ld\n", sent, answered);
  return 0;
}

static int idle(const char* address, const char* port, int count, const char* source) {
  struct sockaddr_in own = at(source, "0");
  struct sockaddr_in name = at(address, port);
  struct pollfd* connections = calloc((size_t)count, sizeof *connections);
  for (int i = 0; i < count; ++i) {
    connections[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connections[i].fd < 0) return fail("socket");
    connections[i].events = POLLOUT;
    // A port is chosen when it is known what for: so many as there are of each source.
    int later = 1;
    setsockopt(connections[i].fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later);
    if (bind(connections[i].fd, (struct sockaddr*)&own, sizeof own) != 0) return fail("bind");
    connect(connections[i].fd, (struct sockaddr*)&name, sizeof name);
  }
  sleep(5);
  int up = 0;
  poll(connections, (nfds_t)count, 0);
  for (int i = 0; i < count; ++i) up += connections[i].revents == POLLOUT;
  printf("%d\n", up);
  fflush(stdout);
  while (!ended) pause();
  return 0;
}

static int bind_all(int first, int last) {
  for (int port = first; port <= last; ++port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(udp, (struct sockaddr*)&name, sizeof name) != 0) return fail("bind");
  }
  while (!ended) pause();
  return 0;
}

int main(int count, char** words) {
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
  if (count == 4 && strcmp(words[1], "serve") == 0) return serve(words[2], words[3]);
  if (count == 4 && strcmp(words[1], "ask") == 0) return ask(words[2], words[3]);
  if ((count == 5 || count == 6) && strcmp(words[1], "idle") == 0)
    return idle(words[2], words[3], atoi(words[4]), count == 6 ? words[5] : "0.0.0.0");
  if (count == 4 && strcmp(words[1], "bind") == 0) return bind_all(atoi(words[2]), atoi(words[3]));
  fprintf(stderr,
          "usage: udp serve PORT FOLDER | ask ADDRESS PORT | idle ADDRESS PORT COUNT [SOURCE] | "
          "bind FIRST LAST\n");
  return 2;
}
