# NFS: Ganesha and rpcbind on nodes, as Debian packages them, and a client of MOUNT and NFS over UDP.

# nfs_prepare: makes the client. After testbed_open.
nfs_prepare() {
  mkdir -p "$STATE/bin"
  cc -O2 -Wall -Wextra -Werror -o "$STATE/bin/nfs" "$LIB"/../clients/nfs/*.c -lnfs
}

# By node: its number, its address, and where its mountd is. Beta's is elsewhere than the cluster's.
declare -A NFS_ID=([gateway]=0 [alpha]=1 [beta]=2)
# shellcheck disable=SC2034  # for those who source this
declare -A ADDRESS=([alpha]=10.77.0.11 [beta]=10.77.0.12)
declare -A MOUNT_PORT=([gateway]=20048 [alpha]=20048 [beta]=892)

# nfs_configure NODE...: the gateway has the services of NFS, and each node exports /export/NODE. Before
# gateway_start.
nfs_configure() {
  local node
  sed -i -e "/name: beta, id/s/}/, mount_port: ${MOUNT_PORT[beta]}}/" \
    -e '/^services:/a\  - {name: mount, port: 20048/udp, plugin: mount}' \
    -e '/^services:/a\  - {name: nfs, port: 2049/udp, plugin: nfs}' "$STATE/gateway.yaml"
  echo "exports:" >>"$STATE/gateway.yaml"
  for node in "$@"; do
    echo "  - {path: /export/$node, node: $node, keys: [\"ganesha:$(export_id "$node")\"]}"
  done >>"$STATE/gateway.yaml"
}

# nfs_up NODE...: each exports /export/NODE, the gateway runs, and there is $STATE/20MB.NODE to copy. After
# machines_up.
nfs_up() {
  local node
  nfs_prepare
  nfs_configure "$@"
  # Before it, the gateway itself has no address by which its server could be asked.
  gateway_start
  for node in "$@"; do
    ganesha_up "$node"
    head -c 20000000 /dev/urandom >"$STATE/20MB.$node"
  done
}

# export_id NODE: Ganesha's number of the node's export.
export_id() {
  echo $((NFS_ID[$1] << 8 | 1))
}

# portmapper_knows_nfs: whether the cluster's does. It is the gateway's rpcbind, which is to run before or
# after the gateway's program.
portmapper_knows_nfs() {
  host_exec remote1 timeout 5 rpcinfo -p cluster 2>/dev/null | grep -w 100003 >/dev/null
}

# ganesha_data NODE: the directory that the node exports as /export/NODE.
ganesha_data() {
  echo "$STATE/$1/export"
}

# ganesha_up NODE: rpcbind and Ganesha, which exports /export/NODE.
ganesha_up() {
  local node=$1 dir=$STATE/$1/nfs
  mkdir -p "$dir/varlib/ganesha" "$(ganesha_data "$node")"
  ganesha_config "$node" >"$dir/ganesha.conf"
  host_exec "$node" mount --bind "$dir/varlib" /var/lib/nfs
  host_exec "$node" mkdir -p /run/ganesha
  host_daemon "$node" rpcbind rpcbind -w -f
  wait_until 10 host_exec "$node" rpcinfo -p >/dev/null 2>&1 || die "rpcbind of $node does not answer"
  host_daemon "$node" ganesha.err ganesha.nfsd -F -f "$dir/ganesha.conf" \
    -L "$STATE/$node/log/ganesha" -p /run/ganesha/ganesha.pid
  wait_until 20 ganesha_answers "$node" ||
    die "Ganesha of $node does not answer after 20 s: $(tail -1 "$STATE/$node/log/ganesha")"
}

# Without Filesystem_Id, exports of one file system would all have its number, and a client would take
# them for one. Pseudo is the path that clients mount; Tag is what they may mount instead, without a
# slash in front.
ganesha_config() {
  local node=$1
  cat <<END_OF_CONFIG
NFS_CORE_PARAM {
  Protocols = 3;
  Enable_UDP = true;
  Enable_NLM = false;
  Enable_RQUOTA = false;
  mount_path_pseudo = true;
  NFS_Port = 2049;
  MNT_Port = ${MOUNT_PORT[$node]};
}
NFSV4 {
  Graceless = true;
}
EXPORT {
  Export_Id = $(export_id "$node");
  Filesystem_Id = ${NFS_ID[$node]}.1;
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

# seen_inside FILTER COMMAND...: where the frames for nodes go that pass the filter while the command runs,
# ADDRESS or ADDRESS.PORT, a line each. Whether the command fails is seen in what it says, in $STATE/said:
# the capture has to be ended in any case.
seen_inside() {
  capture_start "$STATE/inside.pcap" gateway.int0 "dst net 10.77.0.0/24 and ($1)"
  "${@:2}" >"$STATE/said" 2>&1 || true
  capture_stop "$STATE/inside.pcap"
  tcpdump -n -r "$STATE/inside.pcap" 2>/dev/null | sed -n 's/.* > \(10\.77\.0\.1[.0-9]*\): .*/\1/p'
}

# nfs_handle NODE: of its export's root.
nfs_handle() {
  local handle
  handle=$(nfs remote1 mnt "/export/$1")
  [[ $handle == "mnt 0 "* ]] || die "the answer to MNT of $1 is '$handle'"
  echo "${handle##* }"
}

# nfs_refused HOST HANDLE STATUS: this is the answer to all procedures with the handle.
nfs_refused() {
  local answers
  answers=$(nfs "$1" each "$2")
  equal "procedures that were answered" "$(wc -l <<<"$answers")" 21
  equal "answers other than $3" "$(grep -v " $3\$" <<<"$answers" || true)" ""
}

# nfs_stale EXPORT_ID: NFS3ERR_STALE is the answer to a handle of alpha's that would be this export's.
nfs_stale() {
  local handle
  handle=$(nfs_handle alpha)
  nfs_refused remote1 "${handle:0:4}$(printf %04x "$1")${handle:8}" 70
}

# nfs_at_once REMOTE BLOCK SIZE: the files $STATE/SIZE.alpha and $STATE/SIZE.beta to their nodes at the same
# time, and back: the calls for both alternate, from one port. Prints what the client says.
nfs_at_once() {
  local remote=$1 block=$2 size=$3 node
  nfs "$remote" put "$block" /export/alpha at-once "$STATE/$size.alpha" /export/beta at-once "$STATE/$size.beta"
  nfs "$remote" get "$block" /export/alpha at-once "$STATE/$remote/alpha" /export/beta at-once "$STATE/$remote/beta"
  for node in alpha beta; do
    cmp "$STATE/$size.$node" "$(ganesha_data "$node")/at-once"
    cmp "$STATE/$size.$node" "$STATE/$remote/$node"
  done
}

# ganesha_answers NODE: whether both its programs do.
ganesha_answers() {
  host_exec "$1" timeout 1 "$STATE/bin/nfs" 127.0.0.1 "${MOUNT_PORT[$1]}" null >/dev/null 2>&1
}
