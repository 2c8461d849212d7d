// Thousands of connections that are held; each can be tried at any time.
//   hold serve PORT          takes connections and sends back what comes on them
//   hold open ADDRESS PORT   takes lines from standard input, one after the other; MARK is a number
//     MARK open COUNT RATE     opens so many more, RATE a second; one is good when the
//                              first message on it has come back
//     MARK try RATE            sends a message on each, on RATE a second; one is good when that
//                              has come back
//   and says "MARK GOOD of ALL", at the latest after 60 s. Before that, "# ..." for each reason for
//   which connections are not good.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kMaximum = 30000, kMessage = 16, kSeconds = 60, kBatch = 256 };
enum { kMismatch = -1 };  // a reason that is no errno

struct connection {
  int socket;
  int mark;    // of the last message sent; 0: none, it is not up yet
  int came;    // so many bytes of it have come back
  int broken;  // why: an errno, or kMismatch; 0: it is not
};

static struct connection held[kMaximum];
static int count, events_of;
static struct sockaddr_in server;

// The command that is being obeyed.
static int mark, first, next, end, rate;  // for connections from `first` to before `end`
static long long begun;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static int fail(const char* what) {
  perror(what);
  return 1;
}

static void watch(int file, uint32_t events, uint32_t number) {
  struct epoll_event event = {.events = events, .data.u32 = number};
  if (epoll_ctl(events_of, EPOLL_CTL_MOD, file, &event) != 0)
    epoll_ctl(events_of, EPOLL_CTL_ADD, file, &event);
}

static void write_message(char* message, int number) {
  char text[kMessage + 1];
  snprintf(text, sizeof text, "%07d %07d\n", mark, number);
  memcpy(message, text, kMessage);
}

static void give_up(struct connection* connection, int why) {
  close(connection->socket);
  connection->socket = -1;
  connection->broken = why;
}

static void send_message(int number) {
  char message[kMessage];
  struct connection* connection = &held[number];
  if (connection->broken) return;
  write_message(message, number);
  connection->mark = mark;
  connection->came = 0;
  if (send(connection->socket, message, kMessage, MSG_NOSIGNAL) != kMessage)
    give_up(connection, errno);
}

static void open_one(void) {
  struct connection* connection = &held[count];
  *connection = (struct connection){.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};
  if (connection->socket < 0) {
    connection->broken = errno;
  } else if (connect(connection->socket, (struct sockaddr*)&server, sizeof server) != 0 &&
             errno != EINPROGRESS) {
    give_up(connection, errno);
  } else {
    watch(connection->socket, EPOLLOUT, (uint32_t)count);
  }
  ++count;
}

// Does for as many as are due by now what was commanded.
static void go_on(void) {
  long long due = (now() - begun) * rate / 1000;
  for (; next < end && next - first < due; ++next) {
    if (next < count)
      send_message(next);
    else
      open_one();
  }
}

static void come_up(int number) {
  int error = 0, yes = 1;
  socklen_t size = sizeof error;
  getsockopt(held[number].socket, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    give_up(&held[number], error);
    return;
  }
  setsockopt(held[number].socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  watch(held[number].socket, EPOLLIN, (uint32_t)number);
  send_message(number);
}

static void take(int number) {
  struct connection* connection = &held[number];
  char came[kMessage], message[kMessage];
  ssize_t length = recv(connection->socket, came, sizeof came, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) {
    give_up(connection, length == 0 ? EPIPE : errno);
    return;
  }
  write_message(message, number);
  if (connection->mark != mark || connection->came + length > kMessage ||
      memcmp(came, message + connection->came, (size_t)length) != 0) {
    give_up(connection, kMismatch);
    return;
  }
  connection->came += (int)length;
}

static void tell_why(int why) {
  int hit = 0;
  for (int i = first; i < count; ++i) hit += held[i].broken == why;
  if (hit > 0)
    printf("# %d connections: %s\n", hit,
           why == kMismatch ? "other bytes came back" : strerror(why));
}

// Says the result if it is known.
static void report(void) {
  int good = 0, waiting = 0, not_up = 0;
  for (int i = first; i < count; ++i) {
    bool whole = held[i].mark == mark && held[i].came == kMessage;
    good += whole && !held[i].broken;
    waiting += !whole && !held[i].broken;
    not_up += held[i].mark == 0 && !held[i].broken;
  }
  if ((waiting > 0 || next < end) && now() < begun + kSeconds * 1000) return;
  for (int why = kMismatch; why < 200; ++why)
    if (why != 0) tell_why(why);
  if (not_up > 0) printf("# %d connections: not up\n", not_up);
  if (waiting > not_up) printf("# %d connections: not all has come back\n", waiting - not_up);
  printf("%d %d of %d\n", mark, good, end - first);
  fflush(stdout);
  mark = 0;
}

static bool obey(void) {
  char line[64];
  if (!fgets(line, sizeof line, stdin)) return false;
  begun = now();
  if (sscanf(line, "%d open %d %d", &mark, &end, &rate) == 3) {
    first = count;
    end += count;
  } else if (sscanf(line, "%d try %d", &mark, &rate) == 2) {
    first = 0;
    end = count;
  }
  next = first;
  if (end > kMaximum) end = kMaximum;
  return mark > 0;
}

static int open_all(const char* address, const char* port) {
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  if (inet_pton(AF_INET, address, &server.sin_addr) != 1) return fail(address);
  while (obey()) {
    while (mark > 0) {
      struct epoll_event events[kBatch];
      go_on();
      int ready = epoll_wait(events_of, events, kBatch, next < end ? 1 : 20);
      for (int i = 0; i < ready; ++i) {
        int number = (int)events[i].data.u32;
        if (held[number].broken) continue;
        if (held[number].mark == 0)
          come_up(number);
        else
          take(number);
      }
      if (ready < kBatch) report();
    }
  }
  return 0;
}

static void echo(int from) {
  char data[4096];
  ssize_t length = recv(from, data, sizeof data, MSG_DONTWAIT);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0 || send(from, data, (size_t)length, MSG_NOSIGNAL) != length) close(from);
}

static int serve(const char* port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr*)&name, sizeof name) != 0) return fail("bind");
  if (listen(listener, 4096) != 0) return fail("listen");
  watch(listener, EPOLLIN, (uint32_t)listener);
  for (;;) {
    struct epoll_event events[kBatch];
    int ready = epoll_wait(events_of, events, kBatch, -1);
    for (int i = 0; i < ready; ++i) {
      int file = (int)events[i].data.u32;
      if (file != listener) {
        echo(file);
        continue;
      }
      while ((file = accept(listener, NULL, NULL)) >= 0) watch(file, EPOLLIN, (uint32_t)file);
    }
  }
}

int main(int words, char** word) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  events_of = epoll_create1(0);
  if (words == 3 && strcmp(word[1], "serve") == 0) return serve(word[2]);
  if (words == 4 && strcmp(word[1], "open") == 0) return open_all(word[2], word[3]);
  fprintf(stderr, "usage: hold serve PORT | open ADDRESS PORT\n");
  return 2;
}
