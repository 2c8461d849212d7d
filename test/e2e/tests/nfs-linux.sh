#!/bin/bash
# Linux's own NFS client against three nodes, one of which runs Linux's own server: two guests. Agents find
# out by what the gateway knows the calls.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by themselves: followed, they take shellcheck minutes
. "$LIB/agents.sh"
# shellcheck source=/dev/null
. "$LIB/nfs.sh"
# shellcheck source=/dev/null
. "$LIB/uml.sh"
# shellcheck source=/dev/null
. "$LIB/knfsd.sh"
agents_prepare
guests_prepare
nfs_prepare
declare -A path=([alpha]=/export/alpha [beta]=/export/beta [gamma]=/srv/gamma)
readonly CHILD_UUID=01234567-89ab-cdef-0123-456789abcdef
cat >>"$STATE/gateway.yaml" <<END_OF_CONFIG
  - {name: mount, port: 20048/udp, plugin: mount}
  - {name: nfs, port: 2049/udp, plugin: nfs}
  - {name: portmapper, port: 111/udp, plugin: portmapper}
exports:
  - {path: ${path[alpha]}, node: alpha}
  - {path: ${path[beta]}, node: beta}
  - {path: ${path[gamma]}, node: gamma}
END_OF_CONFIG
BOOK=$STATE/gateway/exports.yaml
sed -i "/^agents:/s|}\$|, exports_file: $BOOK}|" "$STATE/gateway.yaml"
for node in alpha beta; do
  echo "exports: [{path: ${path[$node]}, directory: $(ganesha_data "$node")}]" >>"$STATE/agents/$node/agent.yaml"
done
echo "exports: [{path: ${path[gamma]}}]" >>"$STATE/agents/gamma/agent.yaml"
ganesha_up alpha
ganesha_up beta

truncate -s 1G "$STATE/gamma/disk"
truncate -s 64M "$STATE/gamma/child"
mke2fs -q -t ext4 -N 200000 "$STATE/gamma/disk"
mke2fs -q -t ext4 -U "$CHILD_UUID" "$STATE/gamma/child"
mkdir "$STATE/tree"
tar -xf "$UML_TREE" -C "$STATE/tree"

# gamma_up: the guest with its disk, and a second one below it, which the server knows by its UUID.
gamma_up() {
  guest_up gamma 192 "ubda=$STATE/gamma/disk" "ubdb=$STATE/gamma/child"
  guest_exec gamma mkdir /srv/gamma
  guest_exec gamma mount /dev/ubda /srv/gamma
  guest_exec gamma mkdir /srv/gamma/child
  guest_exec gamma mount /dev/ubdb /srv/gamma/child
  guest_exec gamma exportfs -o fsid=7,crossmnt,rw,no_root_squash,no_subtree_check "*:/srv/gamma"
  knfsd_up gamma
}

# gamma_agent_start: its agent, in the guest.
gamma_agent_start() {
  guest_exec gamma mkdir /run/encluster-agent
  # shellcheck disable=SC2016  # the inner shell expands
  guest_exec gamma sh -c '"$1" --config "$2" </dev/null >"$3" 2>&1 &' sh \
    "$ENCLUSTER_AGENT" "$STATE/agents/gamma/agent.yaml" "$STATE/gamma/log/agent"
  wait_until 20 agent_events_more joined gamma 0 ||
    die "the agent of gamma has not joined after 20 s: $(tail -1 "$STATE/gamma/log/agent")"
}
gamma_up
guest_up remote1 256
host_daemon gateway rpcbind rpcbind -f
gateway_start
agent_start alpha
agent_start beta
gamma_agent_start

# keys_found KEY...
keys_found() {
  local key
  for key in "$@"; do
    wait_until 20 grep -qs "key: \"$key\"" "$BOOK" || die "nobody has found $key: $(cat "$BOOK")"
  done
}
check "agents find the keys of all exports, and of what is mounted below one" \
  keys_found ganesha:257 ganesha:513 knfsd:1:07000000 "knfsd:6:${CHILD_UUID//-/}"

# timed NAME COMMAND...: check, and how long it took.
timed() {
  local begun=$SECONDS
  check "$@"
  echo "# $((SECONDS - begun)) s"
}

outside_watch

client() {
  guest_exec remote1 "$@"
}

# script TEXT: a script of the shell in the client's guest.
script() {
  client bash -euo pipefail -c "$1"
}

# on_server NODE COMMAND...: where the node's files are: in its guest, or in the testbed.
on_server() {
  if [ "$1" = gamma ]; then
    guest_exec gamma "${@:2}"
  else
    "${@:2}"
  fi
}

# data NODE: where that is.
data() {
  if [ "$1" = gamma ]; then
    echo "${path[gamma]}"
  else
    ganesha_data "$1"
  fi
}

# mounted PLACE WORD...: the client's kernel says all these of the mount.
mounted() {
  local options word
  options=,$(client findmnt -rn -o OPTIONS "$1"),
  for word in "${@:2}"; do
    [[ $options == *",$word,"* ]] || die "the options of $1 are '$options', without $word"
  done
}

mount_of() {
  client mkdir -p "/mnt/$1"
  client mount -t nfs -o vers=3,proto=udp,mountproto=udp,nolock,rsize=32768,wsize=32768 \
    "cluster:${path[$1]}" "/mnt/$1"
  mounted "/mnt/$1" vers=3 proto=udp rsize=32768 wsize=32768 mountport=20048 addr=192.0.2.1
}
for node in "${NODES[@]}"; do
  check "Linux mounts ${path[$node]} by NFS 3 over UDP, 32768 bytes a block" mount_of "$node"
done

# What gamma's own agent asked for is no remote's, and Ganesha tells nothing.
tells_mounts() {
  equal "the mounts" "$(client timeout 20 showmount -a --no-headers cluster)" "192.0.2.101:${path[gamma]}"
}
check "showmount tells at the cluster's address what Linux's server knows of its mounts" tells_mounts

different() {
  local devices
  devices=$(client stat -c %d "${NODES[@]/#//mnt/}" | sort -u)
  equal "the number of different devices" "$(wc -l <<<"$devices")" 3
}
check "the mounts are three different file systems to it" different

# The client counts in blocks of 32 KiB.
tells_numbers() {
  local seen there
  seen=$(client df -B32K --output=size,itotal "/mnt/$1" | tail -1 | xargs)
  there=$(on_server "$1" df -B32K --output=size,itotal "$(data "$1")" | tail -1 | xargs)
  equal "what df tells of $1" "$seen" "$there"
}
for node in "${NODES[@]}"; do
  check "df tells the numbers of $node's file system" tells_numbers "$node"
done

# fresh NODE: the client forgets what it knows of the mount.
fresh() {
  client umount "/mnt/$1"
  mount_of "$1"
}

# unpack PLACE: makes the directory, with the tree in it.
unpack() {
  script "mkdir $1 && tar -xf $UML_TREE -C $1"
}

# copies NODE: a tree of some thousand files, there and back.
copies() {
  unpack "/mnt/$1/tree"
  on_server "$1" diff -r "$STATE/tree" "$(data "$1")/tree"
  fresh "$1"
  client diff -r "$STATE/tree" "/mnt/$1/tree"
}
for node in "${NODES[@]}"; do
  timed "a tree of $(find "$STATE/tree" -type f | wc -l) files to $node and back" copies "$node"
done

readonly MANY='seq -f file-%06g 100000'
lists_many() {
  on_server "$1" bash -c "mkdir '$(data "$1")/many' && cd '$(data "$1")/many' && $MANY | xargs touch"
  script "ls -U /mnt/$1/many | sort | sha256sum" >"$STATE/listed"
  equal "the digest of the names" "$(cat "$STATE/listed")" "$($MANY | sha256sum)"
}
for node in alpha gamma; do
  timed "a directory of 100,000 files of $node is listed whole" lists_many "$node"
done

long_names() {
  local name
  name=$(printf 'n%.0s' {1..255})
  script "cd /mnt/$1; echo 'of $name' >$name; mv $name x${name#n}; ln x${name#n} y${name#n}"
  fresh "$1"
  equal "the contents" "$(client cat "/mnt/$1/y${name#n}")" "of $name"
  equal "the names on $1" "$(on_server "$1" ls "$(data "$1")" | grep -c "^[xy]${name#n}$")" 2
  not client touch "/mnt/$1/z$name"
}
for node in "${NODES[@]}"; do
  check "names of 255 bytes on $node, and none of 256" long_names "$node"
done

# moves FROM TO
moves() {
  client mv "/mnt/$1/tree/fs/ext4" "/mnt/$2/moved-from-$1"
  fresh "$2"
  client diff -r "$STATE/tree/fs/ext4" "/mnt/$2/moved-from-$1"
  not on_server "$1" test -e "$(data "$1")/tree/fs/ext4"
}
timed "mv of a directory from alpha to gamma" moves alpha gamma
timed "mv of a directory from gamma to beta" moves gamma beta

crosses() {
  local child=/mnt/gamma/child
  client cp "$STATE/tree/fs/namei.c" "$child/"
  guest_exec gamma cmp "$STATE/tree/fs/namei.c" /srv/gamma/child/namei.c
  equal "the blocks of the child" "$(client df -B32K --output=size "$child" | tail -1)" \
    "$(guest_exec gamma df -B32K --output=size /srv/gamma/child | tail -1)"
  [ "$(client stat -c %d "$child")" != "$(client stat -c %d /mnt/gamma)" ] ||
    die "the child is no file system of its own to the client"
}
check "a file system below gamma's export is found by its own key" crosses

# mount.nfs knows no version 2, but the kernel does.
mount_2() {
  client mount -i -t nfs -o vers=2,proto=udp,mountproto=udp,nolock,addr=192.0.2.1,port=2049,mountport=20048 \
    "cluster:${path[gamma]}" /mnt/v2
  mounted /mnt/v2 vers=2 proto=udp addr=192.0.2.1
}
version_2() {
  client mkdir /mnt/v2
  mount_2
  client cp -r "$STATE/tree/net" /mnt/v2/small
  guest_exec gamma diff -r "$STATE/tree/net" /srv/gamma/small
  client umount /mnt/v2
  mount_2
  client diff -r "$STATE/tree/net" /mnt/v2/small
  client umount /mnt/v2
}
timed "a tree to gamma and back by NFS 2" version_2

# Servers may lose calls where too many come at once, and take long to write: the client then repeats them.
nothing_dropped() {
  equal "what the gateway dropped" "$(gateway_drops | grep -v '^ipv6 ' || true)" ""
}
check "the gateway has dropped nothing" nothing_dropped
read -r _ calls again _ < <(client grep ^rpc /proc/net/rpc/nfs)
echo "# so far, $calls calls of NFS, $again sent again"

# Both nodes' copies are under way when the gateway is killed, and go on when it is back.
crash() {
  local node job jobs=()
  for node in beta gamma; do
    unpack "/mnt/$node/crash" >"$STATE/crash.$node" 2>&1 &
    jobs+=($!)
  done
  for node in beta gamma; do
    wait_until 60 on_server "$node" test -d "$(data "$node")/crash/fs/btrfs" ||
      die "the copy to $node does not begin: $(cat "$STATE/crash.$node")"
  done
  gateway_stop KILL
  sleep 3
  kill -0 "${jobs[@]}" || die "a copy had ended before the crash: $(cat "$STATE"/crash.*)"
  gateway_start
  for job in "${jobs[@]}"; do
    wait "$job" || die "a copy failed: $(cat "$STATE"/crash.*)"
  done
  equal "what the copies said" "$(cat "$STATE"/crash.*)" ""
  for node in beta gamma; do
    on_server "$node" diff -r "$STATE/tree" "$(data "$node")/crash"
  done
}
timed "copies go on after kill -9 of the gateway and a new start" crash

# forced WAITING: whether who waits for the dead node is told, and its mount can be taken away. A call is
# ended by force, not those that follow it.
forced() {
  client umount -f /mnt/alpha && ! kill -0 "$1" 2>/dev/null
}
node_dies() {
  local node waiting
  kill -KILL "$(cut -d' ' -f1 "$STATE/alpha/pid")"
  host_exec switch ip link del alpha.eth0 || true
  script 'echo late >/mnt/alpha/waits' >"$STATE/waits" 2>&1 &
  waiting=$!
  for node in beta gamma; do
    client cp -r "$STATE/tree/fs/nfs" "/mnt/$node/after-death"
    fresh "$node"
    client diff -r "$STATE/tree/fs/nfs" "/mnt/$node/after-death"
  done
  kill -0 "$waiting" || die "who waits for alpha was told: $(cat "$STATE/waits")"
  wait_until 60 forced "$waiting" 2>"$STATE/forced" || die "umount -f: $(tail -1 "$STATE/forced")"
  [ -s "$STATE/waits" ] || die "who waited believes to have written"
}
timed "a node's death: its mount waits until it is taken away, the others go on" node_dies

check "no inside address was seen outside" no_inside_address
