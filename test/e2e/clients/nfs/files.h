// Handles of files, and the calls that give them.
#pragma once
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-nfs.h>

#include "call.h"

struct handle {
  unsigned length;
  char bytes[NFS3_FHSIZE];
};

extern int mount_port;  // where the server's MOUNT is

struct call nfs_call(const char* name, sender send, void* arguments);
struct call mount_call(const char* name, sender send, void* arguments);

// Fails if the answered call was refused.
void needs(const struct call* call, const char* what);

// The handle as libnfs takes it; it stays where it is.
nfs_fh3 wire(struct handle* handle);

// The handle that the text is, in hexadecimal digits.
struct handle parsed(const char* text);

// Mounts the path; the answered call. `handle` is unchanged if it was refused.
struct call mount_path(char* path, struct handle* handle);

// The same, which must succeed.
struct handle mounted(char* path);

struct handle looked_up(struct handle* directory, char* name);

// Makes the file, or an empty one of it.
struct handle created(struct handle* directory, char* name);
