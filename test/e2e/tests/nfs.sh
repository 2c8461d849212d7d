#!/bin/bash
# MOUNT and NFS over UDP: two nodes export, and remotes see one server.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/nfs.sh"
testbed_open
machines_up
nfs_up alpha beta
for node in alpha beta; do
  mkdir "$(ganesha_data "$node")/sub"
done
head -c 100000000 /dev/urandom >"$STATE/100MB"

outside_watch

# from_node NODE OPERATION...: what the node itself answers, without the gateway.
from_node() {
  host_exec gamma timeout 30 "$STATE/bin/nfs" "${ADDRESS[$1]}" "${MOUNT_PORT[$1]}" "${@:2}"
}

# good_mount PATH NODE SAME: the cluster mounts the path, and its handle is that of the node's SAME.
good_mount() {
  local handle
  handle=$(nfs remote1 mnt "$1")
  [[ $handle == "mnt 0 "* ]] || die "the answer is '$handle'"
  equal "the handle of $1" "$handle" "$(from_node "$2" mnt "$3")"
}
for node in alpha beta; do
  path=/export/$node
  check "MNT of $path is its node's" good_mount "$path" "$node" "$path"
  check "MNT of $path/sub is its node's" good_mount "$path/sub" "$node" "$path/sub"
  check "MNT of $path/ is its node's" good_mount "$path/" "$node" "$path"
  check "MNT of export/$node, without a slash in front, is its node's" good_mount "export/$node" "$node" "$path"
done

# refused PATH: the status is "access denied" or "no such directory".
refused() {
  among "the answer to MNT $1" "$(nfs remote1 mnt "$1")" "mnt 13" "mnt 2"
}
for path in /export/gamma /export/alphabet /export /etc /; do
  check "MNT of $path is refused" refused "$path"
done

# asked_by COMMAND...: which nodes get calls of MOUNT while the command runs, a line each.
asked_by() {
  seen_inside '(dst port 20048 or dst port 892) and udp[20:4] = 100005' "$@"
}

# Ganesha refuses paths with double slashes. That the gateway asks the right one is another matter.
many_slashes() {
  local path=/export//$1//sub/
  equal "who was asked for $path" "$(asked_by nfs remote1 mnt "$path")" "${ADDRESS[$1]}.${MOUNT_PORT[$1]}"
  equal "the answer" "$(cat "$STATE/said")" "$(from_node "$1" mnt "$path")"
}
check "MNT of /export//alpha//sub/ is alpha's to answer" many_slashes alpha
check "MNT of /export//beta//sub/ is beta's to answer" many_slashes beta

unmounts() {
  equal "who was asked" "$(asked_by nfs remote1 umnt "/export/$1")" "${ADDRESS[$1]}.${MOUNT_PORT[$1]}"
  equal "the answer" "$(cat "$STATE/said")" "umnt 0"
}
check "UMNT of /export/beta is beta's" unmounts beta

unmounts_all() {
  local asked
  asked=$(asked_by nfs remote1 umntall | sort | xargs)
  equal "who was asked" "$asked" "${ADDRESS[alpha]}.${MOUNT_PORT[alpha]} ${ADDRESS[beta]}.${MOUNT_PORT[beta]}"
  equal "the answer" "$(cat "$STATE/said")" "umntall 0"
}
check "UMNTALL is for both nodes" unmounts_all

nobody_asked() {
  equal "who was asked" "$(asked_by nfs remote1 mnt /export/gamma)" ""
  among "the answer" "$(cat "$STATE/said")" "mnt 13" "mnt 2"
}
check "what is not exported is refused without asking a node" nobody_asked

exports() {
  equal "the exports" "$(nfs remote1 exports | sort)" $'exports 0 /export/alpha\nexports 0 /export/beta'
}
check "EXPORT tells the exports of both nodes" exports

null() {
  equal "the answers" "$(nfs remote1 null)" $'mount-null 0\nnfs-null 0'
}
check "procedure 0 of MOUNT and of NFS is answered" null

# Names enough for several answers, each of several fragments.
lists() {
  local directory
  directory=$(ganesha_data "$1")/sub
  (cd "$directory" && seq -f "a-name-that-is-rather-long-%g" 300 | xargs touch)
  equal "the digest of the list" "$(nfs remote1 list "/export/$1/sub" | sed 's/^list 0 //' | sort | sha256sum)" \
    "$(find "$directory" -mindepth 1 -printf '%f\n' | sort | sha256sum)"
}
check "the list of 300 names of alpha" lists alpha
check "the list of 300 names of beta" lists beta

for block in 8192 32768; do
  for node in alpha beta; do
    check "20 MB to $node and back, $block bytes a block" nfs_there_and_back remote1 "$node" "$block"
  done
done

check "both nodes over one socket, 8192 bytes a block" nfs_at_once remote1 8192 20MB
check "both nodes over one socket, 32768 bytes a block" nfs_at_once remote1 32768 20MB

two_remotes() {
  local job
  nfs_there_and_back remote2 beta 8192 &
  job=$!
  nfs_there_and_back remote1 beta 8192
  wait "$job" || die "remote2: $(cat "$STATE/remote2.put" "$STATE/remote2.get" | tail -1)"
}
check "two remotes at once" two_remotes

hardly_lost() {
  local calls
  calls=$(awk '{sum += $5} END {print sum}' "$STATE/measured")
  [ "$calls" -le 10 ] || die "$calls calls of $(wc -l <"$STATE/measured") copies had to be sent again"
}
check "hardly a call had to be sent again" hardly_lost

# renames_seen COMMAND...: how many calls of RENAME and LINK get to nodes.
renames_seen() {
  seen_inside 'dst port 2049 and udp[20:4] = 100003 and (udp[28:4] = 14 or udp[28:4] = 15)' "$@" | wc -l
}

# changes ANSWER SEEN OPERATION...
changes() {
  local seen
  seen=$(renames_seen nfs remote1 "${@:3}")
  equal "the answer" "$(cat "$STATE/said")" "$1"
  equal "calls that got to a node" "$seen" "$2"
}
across() {
  changes "rename 18" 0 rename /export/alpha at-once /export/beta moved
  changes "rename 18" 0 rename /export/beta at-once /export/alpha moved
  changes "link 18" 0 link /export/alpha at-once /export/beta linked
  changes "link 18" 0 link /export/beta at-once /export/alpha linked
}
within() {
  changes "rename 0" 1 rename /export/beta at-once /export/beta/sub moved
  changes "link 0" 1 link /export/beta/sub moved /export/beta linked
  cmp "$STATE/20MB.beta" "$(ganesha_data beta)/sub/moved"
  cmp "$STATE/20MB.beta" "$(ganesha_data beta)/linked"
}
check "RENAME and LINK across two nodes are refused at the gateway (NFS3ERR_XDEV)" across
check "RENAME and LINK within a node are done" within

check "the handle of an unknown export is stale for every procedure" nfs_stale 1025
check "the handle of an unknown export of a node is stale for every procedure" nfs_stale 258

# in_the_middle OPERATION FILE JOB: waits until the copy has put bytes into the file; it must not have
# ended.
in_the_middle() {
  wait_until 20 larger_than "$2" 2000000 || die "the $1 does not begin"
  kill -0 "$3" || die "the $1 has ended too early"
}

larger_than() {
  [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "$2" ]
}

crash_during_put() {
  local data job
  data=$(ganesha_data beta)/100MB
  nfs remote1 put 8192 /export/beta 100MB "$STATE/100MB" >"$STATE/copied" &
  job=$!
  in_the_middle put "$data" "$job"
  gateway_stop KILL
  larger_than "$data" 99999999 && die "the put had ended before the crash"
  gateway_start
  wait "$job" || die "the put failed: $(cat "$STATE/copied")"
  cmp "$STATE/100MB" "$data"
}
crash_during_get() {
  local back=$STATE/remote1/100MB job
  nfs remote1 get 32768 /export/beta 100MB "$back" >"$STATE/copied" &
  job=$!
  in_the_middle get "$back" "$job"
  gateway_stop KILL
  larger_than "$back" 99999999 && die "the get had ended before the crash"
  gateway_start
  wait "$job" || die "the get failed: $(cat "$STATE/copied")"
  cmp "$STATE/100MB" "$back"
}
check "a put goes on after kill -9 of the gateway and a new start" crash_during_put
echo "# $(cat "$STATE/copied")"
check "a get goes on after kill -9 of the gateway and a new start" crash_during_get
echo "# $(cat "$STATE/copied")"

# copies_until_stopped: puts to beta one after the other, and what each said.
copies_until_stopped() {
  while [ ! -e "$STATE/stop" ]; do
    nfs remote1 put 8192 /export/beta going-on "$STATE/20MB.beta"
  done >"$STATE/going-on"
}

# Meanwhile somebody else goes on calling the dead node.
node_dies() {
  local copies calls
  copies_until_stopped &
  copies=$!
  wait_until 20 test -s "$STATE/going-on" || die "the copies do not begin"
  kill -KILL "$(cut -d' ' -f1 "$STATE/alpha/pid")"
  host_exec switch ip link del alpha.eth0 || true
  host_exec remote2 timeout 8 "$STATE/bin/nfs" 192.0.2.1 20048 list /export/alpha >/dev/null 2>&1 &
  calls=$!
  sleep 8
  touch "$STATE/stop"
  wait "$copies" || die "a copy to beta failed: $(tail -1 "$STATE/going-on")"
  wait "$calls" || true
  equal "copies with calls that were sent again" "$(grep -v ' 0 calls sent again' "$STATE/going-on" || true)" ""
  cmp "$STATE/20MB.beta" "$(ganesha_data beta)/going-on"
}
check "a node's death does not disturb the calls to the other" node_dies

check "no inside address was seen outside" no_inside_address
