# Linux's own NFS server, in a node's guest.

# knfsd_up NODE: serves NFS 2 and 3 over UDP and TCP, and MOUNT at port 20048. What is exported, exportfs
# tells it, before or after.
knfsd_up() {
  guest_exec "$1" mount -t nfsd nfsd /proc/fs/nfsd
  guest_exec "$1" rpcbind -w
  # rpc.nfsd of Debian 12 always switches version 2 off. Without ports named, the kernel opens 2049.
  guest_exec "$1" sh -c 'echo "+2 +3 -4" >/proc/fs/nfsd/versions && echo 8 >/proc/fs/nfsd/threads'
  guest_exec "$1" rpc.mountd -V 2 -V 3 -p 20048
}
