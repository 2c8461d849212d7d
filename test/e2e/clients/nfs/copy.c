// Copies of files, several at the same time, each with one call at a time.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "operations.h"

enum { kMaxBlock = 32768, kMaxCopies = 8 };

struct copy {
  char* name;
  int file;
  struct handle handle;
  struct call call;
  union {
    READ3args read;
    WRITE3args write;
  } arguments;
  uint64_t offset;
  uint32_t done;  // bytes of the last call
  bool end;       // of the file: the last read reached it
  bool over;      // no call is to follow
  char block[kMaxBlock];
};

static void take_read(void* into, void* result) {
  struct copy* copy = into;
  const READ3resok* good = &((READ3res*)result)->READ3res_u.resok;
  copy->done = good->data.data_len;
  copy->end = good->eof;
  if (pwrite(copy->file, good->data.data_val, copy->done, (off_t)copy->offset) != copy->done)
    fail("%s: %s", copy->name, strerror(errno));
}

// Begins the next call; false if there is none left.
static bool next_read(struct copy* copy, unsigned block) {
  if (copy->end) return false;
  copy->arguments.read =
      (READ3args){.file = wire(&copy->handle), .offset = copy->offset, .count = block};
  copy->call = nfs_call("read", (sender)rpc_nfs3_read_async, &copy->arguments);
  copy->call.take = take_read;
  copy->call.into = copy;
  begin(&copy->call);
  return true;
}

static void take_write(void* into, void* result) {
  struct copy* copy = into;
  copy->done = ((WRITE3res*)result)->WRITE3res_u.resok.count;
}

// The same.
static bool next_write(struct copy* copy, unsigned block) {
  ssize_t size = pread(copy->file, copy->block, block, (off_t)copy->offset);
  if (size < 0) fail("%s: %s", copy->name, strerror(errno));
  if (size == 0) return false;
  copy->arguments.write = (WRITE3args){.file = wire(&copy->handle),
                                       .offset = copy->offset,
                                       .count = (unsigned)size,
                                       .stable = UNSTABLE,
                                       .data = {(unsigned)size, copy->block}};
  copy->call = nfs_call("write", (sender)rpc_nfs3_write_async, &copy->arguments);
  copy->call.take = take_write;
  copy->call.into = copy;
  begin(&copy->call);
  return true;
}

static void commit(struct copy* copy) {
  COMMIT3args arguments = {.file = wire(&copy->handle)};
  struct call call = nfs_call("commit", (sender)rpc_nfs3_commit_async, &arguments);
  finish(&call);
  needs(&call, copy->name);
}

static void open_copy(struct copy* copy, char** words, bool put) {
  struct handle directory = mounted(words[0]);
  copy->name = words[1];
  copy->handle = put ? created(&directory, copy->name) : looked_up(&directory, copy->name);
  copy->file = open(words[2], put ? O_RDONLY : O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (copy->file < 0) fail("%s: %s", words[2], strerror(errno));
}

// Goes on with a copy whose call is answered.
static void advance(struct copy* copy, unsigned block, bool put) {
  needs(&copy->call, copy->name);
  if (copy->done == 0 && !copy->end) fail("%s: no bytes", copy->name);
  copy->offset += copy->done;
  copy->over = !(put ? next_write : next_read)(copy, block);
}

static void copy_all(struct copy* copies, int count, unsigned block, bool put) {
  int active = count;
  for (int i = 0; i < count; ++i)
    copies[i].over = !(put ? next_write : next_read)(&copies[i], block);
  while (active > 0) {
    struct call* calls[kMaxCopies];
    active = 0;
    for (int i = 0; i < count; ++i)
      if (!copies[i].over) calls[active++] = &copies[i].call;
    await_answers(calls, active);
    for (int i = 0; i < count; ++i)
      if (!copies[i].over && copies[i].call.answered) advance(&copies[i], block, put);
  }
}

static void copy(char** words, int count, bool put) {
  static struct copy copies[kMaxCopies];
  int number = (count - 1) / 3;
  unsigned block = (unsigned)atoi(words[0]);
  uint64_t bytes = 0;
  if (number > kMaxCopies || block > kMaxBlock) fail("too many files, or too large a block");
  for (int i = 0; i < number; ++i) open_copy(&copies[i], words + 1 + 3 * i, put);
  copy_all(copies, number, block, put);
  for (int i = 0; i < number; ++i) {
    if (put) commit(&copies[i]);
    bytes += copies[i].offset;
  }
  printf("%s 0 %llu bytes, %d calls sent again, the slowest answer took %lld ms\n",
         put ? "put" : "get", (unsigned long long)bytes, calls_sent_again, slowest_answer);
}

void put(char** words, int count) { copy(words, count, true); }
void get(char** words, int count) { copy(words, count, false); }
