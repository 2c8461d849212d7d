# NFS: Ganesha and rpcbind on nodes, as Debian packages them, and a client of MOUNT and NFS over UDP.

# nfs_prepare: makes the client. After testbed_open.
nfs_prepare() {
  mkdir -p "$STATE/bin"
  cc -O2 -Wall -Wextra -Werror -o "$STATE/bin/nfs" "$LIB"/../clients/nfs/*.c -lnfs
}

# ganesha_data NODE: the directory that the node exports as /export/NODE.
ganesha_data() {
  echo "$STATE/$1/export"
}

# ganesha_up NODE ID [MOUNT_PORT]: rpcbind and Ganesha, which exports /export/NODE with the node's ID in
# the Export_Id, and whose mountd is at the port (20048 if none is given).
ganesha_up() {
  local node=$1 dir=$STATE/$1/nfs
  mkdir -p "$dir/varlib/ganesha" "$(ganesha_data "$node")"
  ganesha_config "$@" >"$dir/ganesha.conf"
  host_exec "$node" mount --bind "$dir/varlib" /var/lib/nfs
  host_exec "$node" mkdir -p /run/ganesha
  host_daemon "$node" rpcbind rpcbind -w -f
  wait_until 10 host_exec "$node" rpcinfo -p >/dev/null 2>&1 || die "rpcbind of $node does not answer"
  host_daemon "$node" ganesha.err ganesha.nfsd -F -f "$dir/ganesha.conf" \
    -L "$STATE/$node/log/ganesha" -p /run/ganesha/ganesha.pid
  wait_until 20 ganesha_answers "$node" "${3:-20048}" ||
    die "Ganesha of $node does not answer after 20 s: $(tail -1 "$STATE/$node/log/ganesha")"
}

# Without Filesystem_Id, exports of one file system would all have its number, and a client would take
# them for one. Pseudo is the path that clients mount; Tag is what they may mount instead, without a
# slash in front.
ganesha_config() {
  local node=$1 id=$2 mount_port=${3:-20048}
  cat <<END_OF_CONFIG
NFS_CORE_PARAM {
  Protocols = 3;
  Enable_UDP = true;
  Enable_NLM = false;
  Enable_RQUOTA = false;
  mount_path_pseudo = true;
  NFS_Port = 2049;
  MNT_Port = $mount_port;
}
NFSV4 {
  Graceless = true;
}
EXPORT {
  Export_Id = $((id << 8 | 1));
  Filesystem_Id = $id.1;
  Path = $(ganesha_data "$node");
  Pseudo = /export/$node;
  Tag = export/$node;
  Access_Type = RW;
  Squash = No_Root_Squash;
  SecType = sys;
  Protocols = 3;
  Transports = UDP, TCP;
  MaxRead = 32768;
  MaxWrite = 32768;
  PrefRead = 32768;
  PrefWrite = 32768;
  PrefReaddir = 8192;
  FSAL {
    Name = VFS;
  }
}
LOG {
  Default_Log_Level = EVENT;
}
END_OF_CONFIG
}

# nfs HOST OPERATION...: clients/nfs at the cluster.
nfs() {
  host_exec "$1" timeout 120 "$STATE/bin/nfs" 192.0.2.1 20048 "${@:2}"
}

# nfs_there_and_back REMOTE NODE BLOCK: the file $STATE/20MB.NODE to the node and back. What the client
# says of it is added to $STATE/measured.
nfs_there_and_back() {
  local remote=$1 node=$2 block=$3 file=$STATE/20MB.$2 back=$STATE/$1/$2.back
  nfs "$remote" put "$block" "/export/$node" "$remote.$block" "$file" >"$STATE/$remote.put"
  nfs "$remote" get "$block" "/export/$node" "$remote.$block" "$back" >"$STATE/$remote.get"
  cmp "$file" "$back"
  cmp "$file" "$(ganesha_data "$node")/$remote.$block"
  cat "$STATE/$remote.put" "$STATE/$remote.get" >>"$STATE/measured"
}

# nfs_stale EXPORT_ID: all procedures, with a handle of alpha's that would be this export's.
nfs_stale() {
  local handle answers
  handle=$(nfs remote1 mnt /export/alpha | cut -d' ' -f3)
  answers=$(nfs remote1 each "${handle:0:4}$(printf %04x "$1")${handle:8}")
  equal "procedures that were answered" "$(wc -l <<<"$answers")" 21
  equal "answers other than NFS3ERR_STALE" "$(grep -v ' 70$' <<<"$answers" || true)" ""
}

# ganesha_answers NODE MOUNT_PORT: whether both its programs do.
ganesha_answers() {
  host_exec "$1" timeout 1 "$STATE/bin/nfs" 127.0.0.1 "$2" null >/dev/null 2>&1
}
