#include <stdio.h>

#include "files.h"
#include "operations.h"

void each(char** words, int count) {
  (void)count;
  struct handle handle = parsed(words[0]);
  nfs_fh3 file = wire(&handle);
  diropargs3 entry = {.dir = file, .name = "name"};
  diropargs3 other = {.dir = file, .name = "other"};
  GETATTR3args getattr = {.object = file};
  SETATTR3args setattr = {.object = file};
  LOOKUP3args lookup = {.what = entry};
  ACCESS3args access = {.object = file, .access = ACCESS3_READ};
  READLINK3args readlink = {.symlink = file};
  READ3args read = {.file = file, .count = 8192};
  char block[8192] = "";
  WRITE3args write = {.file = file, .count = sizeof block, .data = {sizeof block, block}};
  CREATE3args create = {.where = entry};
  MKDIR3args mkdir = {.where = entry};
  SYMLINK3args symlink = {.where = entry, .symlink.symlink_data = "name"};
  MKNOD3args mknod = {.where = entry, .what.type = NF3FIFO};
  REMOVE3args remove = {.object = entry};
  RMDIR3args rmdir = {.object = entry};
  RENAME3args rename = {.from = entry, .to = other};
  LINK3args link = {.file = file, .link = other};
  READDIR3args readdir = {.dir = file, .count = 4096};
  READDIRPLUS3args readdirplus = {.dir = file, .dircount = 4096, .maxcount = 4096};
  FSSTAT3args fsstat = {.fsroot = file};
  FSINFO3args fsinfo = {.fsroot = file};
  PATHCONF3args pathconf = {.object = file};
  COMMIT3args commit = {.file = file};
  struct call calls[] = {
      nfs_call("getattr", (sender)rpc_nfs3_getattr_async, &getattr),
      nfs_call("setattr", (sender)rpc_nfs3_setattr_async, &setattr),
      nfs_call("lookup", (sender)rpc_nfs3_lookup_async, &lookup),
      nfs_call("access", (sender)rpc_nfs3_access_async, &access),
      nfs_call("readlink", (sender)rpc_nfs3_readlink_async, &readlink),
      nfs_call("read", (sender)rpc_nfs3_read_async, &read),
      nfs_call("write", (sender)rpc_nfs3_write_async, &write),
      nfs_call("create", (sender)rpc_nfs3_create_async, &create),
      nfs_call("mkdir", (sender)rpc_nfs3_mkdir_async, &mkdir),
      nfs_call("symlink", (sender)rpc_nfs3_symlink_async, &symlink),
      nfs_call("mknod", (sender)rpc_nfs3_mknod_async, &mknod),
      nfs_call("remove", (sender)rpc_nfs3_remove_async, &remove),
      nfs_call("rmdir", (sender)rpc_nfs3_rmdir_async, &rmdir),
      nfs_call("rename", (sender)rpc_nfs3_rename_async, &rename),
      nfs_call("link", (sender)rpc_nfs3_link_async, &link),
      nfs_call("readdir", (sender)rpc_nfs3_readdir_async, &readdir),
      nfs_call("readdirplus", (sender)rpc_nfs3_readdirplus_async, &readdirplus),
      nfs_call("fsstat", (sender)rpc_nfs3_fsstat_async, &fsstat),
      nfs_call("fsinfo", (sender)rpc_nfs3_fsinfo_async, &fsinfo),
      nfs_call("pathconf", (sender)rpc_nfs3_pathconf_async, &pathconf),
      nfs_call("commit", (sender)rpc_nfs3_commit_async, &commit),
  };
  for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i)
    printf("%s %d\n", calls[i].name, finish(&calls[i]));
}
