// Files that come and go. What is sent again must not be done again: a second CREATE would find the
// file there, a second REMOVE would not find it.
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "operations.h"

static void make(struct handle* directory, char* name) {
  CREATE3args arguments = {.where = {.dir = wire(directory), .name = name}, .how.mode = GUARDED};
  struct call call = nfs_call("create", (sender)rpc_nfs3_create_async, &arguments);
  finish(&call);
  needs(&call, name);
}

static void look_at(struct handle* file, const char* name) {
  GETATTR3args arguments = {.object = wire(file)};
  struct call call = nfs_call("getattr", (sender)rpc_nfs3_getattr_async, &arguments);
  finish(&call);
  needs(&call, name);
}

static void take_away(struct handle* directory, char* name) {
  REMOVE3args arguments = {.object = {.dir = wire(directory), .name = name}};
  struct call call = nfs_call("remove", (sender)rpc_nfs3_remove_async, &arguments);
  finish(&call);
  needs(&call, name);
}

void churn(char** words, int count) {
  (void)count;
  struct handle directory = mounted(words[0]);
  int files = atoi(words[1]);
  for (int i = 0; i < files; ++i) {
    char name[32];
    snprintf(name, sizeof name, "churn-%d", i);
    make(&directory, name);
    struct handle file = looked_up(&directory, name);
    look_at(&file, name);
    take_away(&directory, name);
  }
  printf("churn 0 %d calls, %d sent again\n", 4 * files, calls_sent_again);
}
