// Many sessions that stay open, each with a terminal of its own; of each it can tell at any time
// whether the shell at the other end answers, and is still the one it began with.
//
//   sessions FILE AT_ONCE
//
// Each line of FILE is a command that leads to a shell. A session is open when its shell has
// answered the first question; so many are opened at once. Then the program says "0 ANSWERED of
// ALL", and from then on takes lines "MARK EVERY" from its standard input, one after the other,
// MARK being a number above 0: each session is asked whose number leaves the same rest by EVERY as
// MARK, and it says "MARK ANSWERED of ASKED", at the latest after 60 s. Before that, "# ..." for
// each that did not answer.
//
// The question has the shell tell its process, its host and the mark over standard output and over
// standard error. What a terminal echoes is the question, not the answer. An answer of another
// process is none.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kMaximum = 1000, kTail = 1024, kOpenSeconds = 240, kAnswerSeconds = 60 };

struct session {
  char command[256];
  char host[64];        // where its shell runs
  long process;         // its shell there; 0: not known yet
  int terminal;         // -1: not begun, or ended
  int asked;            // the last mark; -1: none yet
  bool answered[2];     // over standard output and standard error
  bool named, trusted;  // has told the user's name, and the password
  char tail[kTail];     // the last of what came
  size_t length;
};

static struct session sessions[kMaximum];
static int count, begun, mark;
static long long deadline;  // of the answers to `mark`; 0: nothing is asked

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static bool whole(const struct session* session) {
  return session->terminal >= 0 && session->asked == mark && session->answered[0] &&
         session->answered[1];
}

static void type(const struct session* session, const char* text) {
  // What cannot be written is not answered, which is told.
  if (write(session->terminal, text, strlen(text)) < 0 && errno != EIO) perror("write");
}

static void ask(struct session* session) {
  char question[128];
  session->asked = mark;
  session->answered[0] = session->answered[1] = false;
  if (session->terminal < 0) return;
  snprintf(question, sizeof question,
           "for s in 1 2; do echo \"<$((6*7)).$$.$HOSTNAME.$s.%d>\" >&$s; done\r", mark);
  type(session, question);
}

// Whether a person comes to the shell by a prompt, perhaps after a name and a password. Other
// commands pass on what they read from the first moment.
static bool has_prompt(const struct session* session) {
  return strstr(session->command, "rlogin") || strstr(session->command, "telnet");
}

static void begin(struct session* session) {
  pid_t child = forkpty(&session->terminal, NULL, NULL, NULL);
  if (child < 0) {
    perror("forkpty");
    exit(1);
  }
  if (child == 0) {
    char line[300];
    setenv("TERM", "dumb", 1);
    snprintf(line, sizeof line, "exec %s", session->command);
    execl("/bin/sh", "sh", "-c", line, NULL);
    _exit(127);
  }
  session->asked = -1;
  if (!has_prompt(session)) ask(session);
}

static void log_in(struct session* session) {
  if (!session->named && strstr(session->tail, "ogin: ")) {
    session->named = true;
    type(session, "guest\r");
  }
  if (!session->trusted && strstr(session->tail, "assword: ")) {
    session->trusted = true;
    type(session, "secret\r");
  }
  const char* prompt = strstr(session->tail, "guest@");
  if (prompt && strstr(prompt, "> ")) ask(session);
}

static void take_answer(struct session* session, const char* answer) {
  char host[64];
  long process;
  int stream, of;
  if (sscanf(answer, "<42.%ld.%63[a-z0-9].%d.%d>", &process, host, &stream, &of) != 4) return;
  if (session->process == 0) {
    session->process = process;
    memcpy(session->host, host, sizeof host);
  }
  bool same = process == session->process && strcmp(host, session->host) == 0;
  if (same && of == session->asked && (stream == 1 || stream == 2))
    session->answered[stream - 1] = true;
}

// Looks for whole answers in what has come, and forgets them.
static void look(struct session* session) {
  if (session->asked < 0) {
    log_in(session);
    return;
  }
  char *answer = session->tail, *end;
  while ((answer = strstr(answer, "<42.")) && (end = strchr(answer, '>'))) {
    take_answer(session, answer);
    memmove(session->tail, end + 1, strlen(end + 1) + 1);
    session->length = strlen(session->tail);
    answer = session->tail;
  }
}

static void hear(struct session* session) {
  if (session->length > kTail / 2) {  // keep the end
    memmove(session->tail, session->tail + session->length - kTail / 4, kTail / 4);
    session->length = kTail / 4;
  }
  ssize_t got =
      read(session->terminal, session->tail + session->length, kTail - 1 - session->length);
  if (got <= 0) {
    close(session->terminal);
    session->terminal = -1;
    return;
  }
  for (ssize_t i = 0; i < got; ++i)  // text without zeros
    if (session->tail[session->length + (size_t)i] == 0)
      session->tail[session->length + (size_t)i] = ' ';
  session->length += (size_t)got;
  session->tail[session->length] = 0;
  look(session);
}

static void complain(const struct session* session, int number) {
  const char* why = session->terminal < 0  ? "it has ended"
                    : session->asked < 0   ? "it got no prompt"
                    : session->answered[0] ? "no answer over standard error"
                    : session->answered[1] ? "no answer over standard output"
                                           : "no answer";
  printf("# session %d (%s) on %s: %s; the last of it:", number, session->command,
         session->process ? session->host : "no host", why);
  for (const char* c = session->tail; *c; ++c) putchar(*c >= ' ' && *c <= '~' ? *c : ' ');
  putchar('\n');
}

// Says how many have answered once all have, or no more time is left.
static void report(int every) {
  int asked = 0, answered = 0;
  bool late = now() >= deadline, waits = false;
  for (int i = 0; i < count; ++i) {
    if (i % every != mark % every) continue;
    ++asked;
    answered += whole(&sessions[i]);
    waits |= !whole(&sessions[i]) && (i >= begun || sessions[i].terminal >= 0);
  }
  if (waits && !late) return;
  for (int i = 0; i < count; ++i) {
    if (i % every == mark % every && !whole(&sessions[i])) complain(&sessions[i], i);
    if (mark == 0 && whole(&sessions[i]))
      printf("at %s %s\n", sessions[i].host, sessions[i].command);
  }
  printf("%d %d of %d\n", mark, answered, asked);
  deadline = 0;
}

// Begins as many as may be opening at once.
static void begin_some(int at_once) {
  int opening = 0;
  for (int i = 0; i < begun; ++i) opening += sessions[i].terminal >= 0 && !whole(&sessions[i]);
  while (begun < count && opening++ < at_once) begin(&sessions[begun++]);
}

static void obey(int* every) {
  static char line[64];
  static size_t length;
  if (read(STDIN_FILENO, line + length, 1) != 1) exit(0);
  if (line[length] != '\n' && length < sizeof line - 2) {
    ++length;
    return;
  }
  line[length] = 0;
  length = 0;
  if (sscanf(line, "%d %d", &mark, every) != 2 || *every < 1) exit(2);
  deadline = now() + kAnswerSeconds * 1000;
  for (int i = 0; i < count; ++i)
    if (i % *every == mark % *every) ask(&sessions[i]);
}

static void run(int at_once) {
  static struct pollfd polled[kMaximum + 1];
  int every = 1;
  deadline = now() + kOpenSeconds * 1000;
  for (;;) {
    if (mark == 0) begin_some(at_once);
    polled[0] = (struct pollfd){.fd = deadline == 0 ? STDIN_FILENO : -1, .events = POLLIN};
    for (int i = 0; i < count; ++i)
      polled[i + 1] =
          (struct pollfd){.fd = i < begun ? sessions[i].terminal : -1, .events = POLLIN};
    if (poll(polled, (nfds_t)count + 1, 100) < 0) exit(1);
    for (int i = 0; i < count; ++i)
      if (polled[i + 1].revents) hear(&sessions[i]);
    if (polled[0].revents) obey(&every);
    if (deadline != 0) report(every);
  }
}

int main(int words, char** word) {
  FILE* file = words == 3 ? fopen(word[1], "r") : NULL;
  if (!file) {
    fprintf(stderr, "usage: sessions FILE AT_ONCE\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (count < kMaximum && fgets(sessions[count].command, sizeof sessions->command, file)) {
    sessions[count].command[strcspn(sessions[count].command, "\n")] = 0;
    sessions[count++].terminal = -1;
  }
  fclose(file);
  run(atoi(word[2]));
}
