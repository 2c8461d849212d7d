#include "files.h"

#include <stdio.h>
#include <string.h>

enum { kNfsPort = 2049 };

int mount_port;

struct call nfs_call(const char* name, sender send, void* arguments) {
  return (struct call){.name = name, .send = send, .arguments = arguments, .port = kNfsPort};
}

struct call mount_call(const char* name, sender send, void* arguments) {
  return (struct call){.name = name, .send = send, .arguments = arguments, .port = mount_port};
}

void needs(const struct call* call, const char* what) {
  if (call->status != 0) fail("%s %s: status %d", call->name, what, call->status);
}

static void keep(struct handle* handle, const char* bytes, unsigned length) {
  if (length > sizeof handle->bytes) fail("a handle of %u bytes", length);
  handle->length = length;
  memcpy(handle->bytes, bytes, length);
}

nfs_fh3 wire(struct handle* handle) {
  return (nfs_fh3){.data = {.data_len = handle->length, .data_val = handle->bytes}};
}

struct handle parsed(const char* text) {
  struct handle handle = {.length = (unsigned)strlen(text) / 2};
  if (handle.length > sizeof handle.bytes) fail("a handle of %u bytes", handle.length);
  for (unsigned i = 0; i < handle.length; ++i)
    if (sscanf(text + 2 * i, "%2hhx", (unsigned char*)&handle.bytes[i]) != 1)
      fail("no handle: %s", text);
  return handle;
}

static void take_mount(void* into, void* result) {
  const fhandle3* handle = &((mountres3*)result)->mountres3_u.mountinfo.fhandle;
  keep(into, handle->fhandle3_val, handle->fhandle3_len);
}

static void take_lookup(void* into, void* result) {
  const nfs_fh3* handle = &((LOOKUP3res*)result)->LOOKUP3res_u.resok.object;
  keep(into, handle->data.data_val, handle->data.data_len);
}

static void take_create(void* into, void* result) {
  const post_op_fh3* object = &((CREATE3res*)result)->CREATE3res_u.resok.obj;
  if (!object->handle_follows) fail("create: no handle");
  const nfs_fh3* handle = &object->post_op_fh3_u.handle;
  keep(into, handle->data.data_val, handle->data.data_len);
}

struct call mount_path(char* path, struct handle* handle) {
  struct call call = mount_call("mnt", (sender)rpc_mount3_mnt_async, path);
  call.take = take_mount;
  call.into = handle;
  finish(&call);
  return call;
}

struct handle mounted(char* path) {
  struct handle handle;
  struct call call = mount_path(path, &handle);
  needs(&call, path);
  return handle;
}

struct handle looked_up(struct handle* directory, char* name) {
  struct handle handle;
  LOOKUP3args arguments = {.what = {.dir = wire(directory), .name = name}};
  struct call call = nfs_call("lookup", (sender)rpc_nfs3_lookup_async, &arguments);
  call.take = take_lookup;
  call.into = &handle;
  finish(&call);
  needs(&call, name);
  return handle;
}

struct handle created(struct handle* directory, char* name) {
  struct handle handle;
  CREATE3args arguments = {.where = {.dir = wire(directory), .name = name}};
  sattr3* attributes = &arguments.how.createhow3_u.obj_attributes;
  attributes->mode = (set_mode3){.set_it = 1, .set_mode3_u.mode = 0644};
  attributes->size.set_it = 1;
  struct call call = nfs_call("create", (sender)rpc_nfs3_create_async, &arguments);
  call.take = take_create;
  call.into = &handle;
  finish(&call);
  needs(&call, name);
  return handle;
}
