// Calls of MOUNT and NFS over UDP by libnfs: one socket, on a privileged port, for all. A call is
// sent again with the same number after a second without an answer (or as many milliseconds as
// IMPATIENT in the environment says), for twenty seconds. The program ends
// when there is none then, when the server does not accept a call that it must have, and when an answer
// comes from elsewhere than where the call went.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

// Each needs what is before it.
// clang-format off
#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
// clang-format on

// All of libnfs's functions that send a call look like this, but for the type of the arguments.
typedef int (*sender)(struct rpc_context*, rpc_cb, void* arguments, void* call);

struct call {
  const char* name;
  sender send;
  void* arguments;                         // needed until the answer
  int port;                                // of the server
  bool no_status;                          // its result has none
  bool may_be_refused;                     // the server need not have the program
  void (*take)(void* into, void* result);  // keeps what is needed of a good result; may be null
  void* into;
  bool answered;
  bool refused;  // when answered: the server did not accept the call
  int status;    // when answered: what the result begins with, or 0

  uint32_t number;
  bool sent;
  bool lost;
  long long first_sent;
};

extern int calls_sent_again;
extern long long slowest_answer;  // in milliseconds

__attribute__((noreturn, format(printf, 1, 2))) void fail(const char* format, ...);

// Prepares calls to the server of this IPv4 address.
void open_socket(const char* address);

// Sends the call, which stays where it is until it is answered.
void begin(struct call* call);

// Waits a moment for answers, and sends those of the calls again that got none.
void await_answers(struct call* const* calls, int count);

// Sends the call, waits for its answer, and returns its status.
int finish(struct call* call);
