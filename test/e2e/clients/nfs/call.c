#include "call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// The library has these, but its headers do not.
struct rpc_context* rpc_init_udp_context(void);
int rpc_set_udp_destination(struct rpc_context*, char* address, int port, int is_broadcast);
struct sockaddr* rpc_get_recv_sockaddr(struct rpc_context*);
void rpc_set_timeout(struct rpc_context*, int milliseconds);

enum { kRepeat = 1000, kPatience = 20000 };  // milliseconds

int calls_sent_again;
long long slowest_answer;

static struct rpc_context* rpc;
static char server[INET_ADDRSTRLEN];
static uint32_t next_number;
static int repeat = kRepeat;

void fail(const char* format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  exit(1);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

void open_socket(const char* address) {
  snprintf(server, sizeof server, "%s", address);
  int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (udp < 0 || bindresvport(udp, NULL) != 0) fail("no privileged port: %s", strerror(errno));
  int size = 1 << 20;
  setsockopt(udp, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  rpc = rpc_init_udp_context();
  if (rpc == NULL) fail("no context of libnfs");
  rpc_set_fd(rpc, udp);
  // On a cable that loses a lot, to wait is most of the time.
  if (getenv("IMPATIENT") != NULL) repeat = atoi(getenv("IMPATIENT"));
  if (repeat <= 0) fail("IMPATIENT is no number of milliseconds");
  rpc_set_timeout(rpc, repeat);
  // Servers remember the numbers of what they answered to this address and port a while ago.
  next_number = (uint32_t)now() << 12;
}

// The socket is not connected, since it is for two ports: whether an answer comes from the right
// one is checked here, as a kernel does it for its own clients.
static void check_source(const struct call* call) {
  const struct sockaddr_in* source = (const struct sockaddr_in*)rpc_get_recv_sockaddr(rpc);
  char address[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &source->sin_addr, address, sizeof address);
  int port = ntohs(source->sin_port);
  if (strcmp(address, server) != 0 || port != call->port)
    fail("%s to %s:%d is answered by %s:%d", call->name, server, call->port, address, port);
}

static void on_answer(struct rpc_context* context, int status, void* result, void* data) {
  struct call* call = data;
  (void)context;
  if (status == RPC_STATUS_TIMEOUT) {
    call->lost = true;
    return;
  }
  check_source(call);
  call->refused = status != RPC_STATUS_SUCCESS;
  if (call->refused && !call->may_be_refused) fail("%s: %s", call->name, (const char*)result);
  call->answered = true;
  call->status = call->refused || call->no_status ? 0 : *(const int*)result;
  if (!call->refused && call->status == 0 && call->take != NULL) call->take(call->into, result);
  long long lasted = now() - call->first_sent;
  if (lasted > slowest_answer) slowest_answer = lasted;
}

static void transmit(struct call* call) {
  if (now() - call->first_sent > kPatience) fail("%s: no answer", call->name);
  if (call->sent) ++calls_sent_again;
  call->sent = true;
  call->lost = false;
  rpc_set_next_xid(rpc, call->number);
  if (rpc_set_udp_destination(rpc, server, call->port, 0) != 0) fail("%s", rpc_get_error(rpc));
  if (call->send(rpc, on_answer, call->arguments, call) != 0)
    fail("%s: %s", call->name, rpc_get_error(rpc));
}

void begin(struct call* call) {
  call->number = next_number++;
  call->sent = false;
  call->answered = false;
  call->first_sent = now();
  transmit(call);
}

void await_answers(struct call* const* calls, int count) {
  struct pollfd ready = {.fd = rpc_get_fd(rpc), .events = POLLIN};
  if (poll(&ready, 1, repeat < 100 ? repeat : 100) < 0 && errno != EINTR) fail("poll: %s", strerror(errno));
  if (rpc_service(rpc, ready.revents) != 0) fail("%s", rpc_get_error(rpc));
  for (int i = 0; i < count; ++i)
    if (calls[i]->lost) transmit(calls[i]);
}

int finish(struct call* call) {
  begin(call);
  while (!call->answered) await_answers(&call, 1);
  return call->status;
}
