// A client of MOUNT and NFS, version 3 of both, over UDP; how it calls is told in call.h.
//   nfs ADDRESS MOUNT_PORT OPERATION...
// The operations:
//   null                          calls procedure 0 of MOUNT and of NFS
//   mnt PATH                      prints the handle of PATH
//   umnt PATH, umntall
//   exports                       prints the exported paths that MOUNT tells
//   list PATH                     prints the names in PATH
//   put BLOCK (PATH NAME FILE)... copies each FILE to NAME in PATH, all at the same time, by writes
//                                 of BLOCK bytes; prints how many bytes that were, how many calls
//                                 were sent again, and how long the slowest answer took
//   get BLOCK (PATH NAME FILE)... copies the other way
//   rename PATH NAME PATH NAME    the first to the second
//   link PATH NAME PATH NAME      makes the second, which is the same file as the first
//   each HANDLE                   calls all procedures of NFS that take a handle, with this one
//   watch HANDLE                  calls GETATTR with it, again and again, until SIGTERM
//   acl HANDLE                    asks for its access list by NFSACL; or prints `acl refused`
// Prints lines of the operation or procedure, its status number, and what it is to print. It fails
// when a step before the last one has a status other than 0.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "operations.h"

static int send_mount_null(struct rpc_context* rpc, rpc_cb answer, void* none, void* call) {
  (void)none;
  return rpc_mount3_null_async(rpc, answer, call);
}

static int send_nfs_null(struct rpc_context* rpc, rpc_cb answer, void* none, void* call) {
  (void)none;
  return rpc_nfs3_null_async(rpc, answer, call);
}

static int send_umntall(struct rpc_context* rpc, rpc_cb answer, void* none, void* call) {
  (void)none;
  return rpc_mount3_umntall_async(rpc, answer, call);
}

static int send_export(struct rpc_context* rpc, rpc_cb answer, void* none, void* call) {
  (void)none;
  return rpc_mount3_export_async(rpc, answer, call);
}

static void null(char** words, int count) {
  (void)words, (void)count;
  struct call mount = mount_call("null mount", send_mount_null, NULL);
  struct call nfs = nfs_call("null nfs", send_nfs_null, NULL);
  mount.no_status = nfs.no_status = true;
  printf("mount-null %d\n", finish(&mount));
  printf("nfs-null %d\n", finish(&nfs));
}

static void mnt(char** words, int count) {
  (void)count;
  struct handle handle = {.length = 0};
  printf("mnt %d", mount_path(words[0], &handle).status);
  for (unsigned i = 0; i < handle.length; ++i)
    printf("%s%02x", i == 0 ? " " : "", (unsigned char)handle.bytes[i]);
  putchar('\n');
}

static void umnt(char** words, int count) {
  (void)count;
  struct call call = mount_call("umnt", (sender)rpc_mount3_umnt_async, words[0]);
  call.no_status = true;
  printf("umnt %d\n", finish(&call));
}

static void umntall(char** words, int count) {
  (void)words, (void)count;
  struct call call = mount_call("umntall", send_umntall, NULL);
  call.no_status = true;
  printf("umntall %d\n", finish(&call));
}

static void print_exports(void* into, void* result) {
  (void)into;
  for (exports item = *(exports*)result; item != NULL; item = item->ex_next)
    printf("exports 0 %s\n", item->ex_dir);
}

static void list_exports(char** words, int count) {
  (void)words, (void)count;
  struct call call = mount_call("exports", send_export, NULL);
  call.no_status = true;
  call.take = print_exports;
  finish(&call);
}

struct listing {
  cookie3 cookie;
  cookieverf3 verifier;
  bool end;
};

static void print_names(void* into, void* result) {
  struct listing* listing = into;
  const READDIRPLUS3resok* good = &((READDIRPLUS3res*)result)->READDIRPLUS3res_u.resok;
  memcpy(listing->verifier, good->cookieverf, sizeof listing->verifier);
  listing->end = good->reply.eof;
  for (const entryplus3* entry = good->reply.entries; entry != NULL; entry = entry->nextentry) {
    listing->cookie = entry->cookie;
    if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
      printf("list 0 %s\n", entry->name);
  }
}

static void list(char** words, int count) {
  (void)count;
  struct handle directory = mounted(words[0]);
  struct listing listing = {.end = false};
  while (!listing.end) {
    READDIRPLUS3args arguments = {.dir = wire(&directory), .cookie = listing.cookie};
    arguments.dircount = arguments.maxcount = 8192;
    memcpy(arguments.cookieverf, listing.verifier, sizeof listing.verifier);
    struct call call = nfs_call("list", (sender)rpc_nfs3_readdirplus_async, &arguments);
    call.take = print_names;
    call.into = &listing;
    finish(&call);
    needs(&call, words[0]);
  }
}

static void rename_file(char** words, int count) {
  (void)count;
  struct handle from = mounted(words[0]), to = mounted(words[2]);
  RENAME3args arguments = {.from = {.dir = wire(&from), .name = words[1]},
                           .to = {.dir = wire(&to), .name = words[3]}};
  struct call call = nfs_call("rename", (sender)rpc_nfs3_rename_async, &arguments);
  printf("rename %d\n", finish(&call));
}

static void link_file(char** words, int count) {
  (void)count;
  struct handle from = mounted(words[0]), to = mounted(words[2]);
  struct handle file = looked_up(&from, words[1]);
  LINK3args arguments = {.file = wire(&file), .link = {.dir = wire(&to), .name = words[3]}};
  struct call call = nfs_call("link", (sender)rpc_nfs3_link_async, &arguments);
  printf("link %d\n", finish(&call));
}

static volatile sig_atomic_t ended;

static void end(int number) { ended = number; }

static void watch(char** words, int count) {
  (void)count;
  struct handle file = parsed(words[0]);
  GETATTR3args arguments = {.object = wire(&file)};
  struct call call = nfs_call("watch", (sender)rpc_nfs3_getattr_async, &arguments);
  int calls = 0;
  signal(SIGTERM, end);
  for (; ended == 0; ++calls)
    if (finish(&call) != 0) fail("watch: call %d has the status %d", calls, call.status);
  printf("watch 0 %d\n", calls);
}

static void acl(char** words, int count) {
  (void)count;
  struct handle file = parsed(words[0]);
  GETACL3args arguments = {.dir = wire(&file), .mask = NFSACL_MASK_ACL_ENTRY};
  struct call call = nfs_call("acl", (sender)rpc_nfsacl_getacl_async, &arguments);
  call.may_be_refused = true;
  finish(&call);
  if (call.refused)
    puts("acl refused");
  else
    printf("acl %d\n", call.status);
}

struct operation {
  const char* name;
  void (*run)(char** words, int count);
  int words;  // how many it needs
};

static const struct operation operations[] = {
    {"null", null, 0},
    {"mnt", mnt, 1},
    {"umnt", umnt, 1},
    {"umntall", umntall, 0},
    {"exports", list_exports, 0},
    {"list", list, 1},
    {"put", put, 4},
    {"get", get, 4},
    {"rename", rename_file, 4},
    {"link", link_file, 4},
    {"each", each, 1},
    {"watch", watch, 1},
    {"acl", acl, 1},
    {"churn", churn, 2},
};

int main(int count, char** words) {
  if (count < 4) fail("usage: nfs ADDRESS MOUNT_PORT OPERATION...; the operations are in nfs.c");
  open_socket(words[1]);
  mount_port = atoi(words[2]);
  for (size_t i = 0; i < sizeof operations / sizeof *operations; ++i) {
    const struct operation* operation = &operations[i];
    if (strcmp(operation->name, words[3]) == 0 && count - 4 >= operation->words) {
      operation->run(words + 4, count - 4);
      return 0;
    }
  }
  fail("no such operation: %s with %d words", words[3], count - 4);
}
