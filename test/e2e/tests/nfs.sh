#!/bin/bash
# MOUNT and NFS over UDP: two nodes export, and remotes see one server.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/nfs.sh"
testbed_open
machines_up
nfs_prepare
# Beta's mountd is elsewhere than the cluster's.
declare -A mount_port=([alpha]=20048 [beta]=892) address=([alpha]=10.77.0.11 [beta]=10.77.0.12)
sed -i "/name: beta, id/s/}/, mount_port: ${mount_port[beta]}}/" "$STATE/gateway.yaml"
cat >>"$STATE/gateway.yaml" <<'END_OF_CONFIG'
  - {name: mount, port: 20048/udp, plugin: mount}
  - {name: nfs, port: 2049/udp, plugin: nfs}
exports:
  - {path: /export/alpha, node: alpha, keys: ["ganesha:257"]}
  - {path: /export/beta, node: beta, keys: ["ganesha:513"]}
END_OF_CONFIG
ganesha_up alpha 1 "${mount_port[alpha]}"
ganesha_up beta 2 "${mount_port[beta]}"
gateway_start

for node in alpha beta; do
  mkdir "$(ganesha_data "$node")/sub"
  head -c 20000000 /dev/urandom >"$STATE/20MB.$node"
done
head -c 100000000 /dev/urandom >"$STATE/100MB"

# The outside cable of the gateway, watched through all that follows.
capture_start "$STATE/outside.pcap" gateway.ext0 net 10.77.0.0/24 or arp net 10.77.0.0/24

# from_node NODE OPERATION...: what the node itself answers, without the gateway.
from_node() {
  host_exec gamma timeout 30 "$STATE/bin/nfs" "${address[$1]}" "${mount_port[$1]}" "${@:2}"
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

# asked_by COMMAND...: which nodes get calls of MOUNT while the command runs, a line each. Whether it
# fails is seen in its output, in $STATE/asked: the capture has to be ended in any case.
asked_by() {
  capture_start "$STATE/mount.pcap" gateway.int0 dst net 10.77.0.0/24 and \
    '(dst port 20048 or dst port 892)' and 'udp[20:4] = 100005'
  "$@" >"$STATE/asked" 2>&1 || true
  capture_stop "$STATE/mount.pcap"
  tcpdump -n -r "$STATE/mount.pcap" 2>/dev/null | sed -n 's/.* > \(10\.77\.0\.1[0-9]\.[0-9]*\): .*/\1/p'
}

# Ganesha refuses paths with double slashes. That the gateway asks the right one is another matter.
many_slashes() {
  local path=/export//$1//sub/
  equal "who was asked for $path" "$(asked_by nfs remote1 mnt "$path")" "${address[$1]}.${mount_port[$1]}"
  equal "the answer" "$(cat "$STATE/asked")" "$(from_node "$1" mnt "$path")"
}
check "MNT of /export//alpha//sub/ is alpha's to answer" many_slashes alpha
check "MNT of /export//beta//sub/ is beta's to answer" many_slashes beta

unmounts() {
  equal "who was asked" "$(asked_by nfs remote1 umnt "/export/$1")" "${address[$1]}.${mount_port[$1]}"
  equal "the answer" "$(cat "$STATE/asked")" "umnt 0"
}
check "UMNT of /export/beta is beta's" unmounts beta

unmounts_all() {
  local asked
  asked=$(asked_by nfs remote1 umntall | sort | xargs)
  equal "who was asked" "$asked" "${address[alpha]}.${mount_port[alpha]} ${address[beta]}.${mount_port[beta]}"
  equal "the answer" "$(cat "$STATE/asked")" "umntall 0"
}
check "UMNTALL is for both nodes" unmounts_all

nobody_asked() {
  equal "who was asked" "$(asked_by nfs remote1 mnt /export/gamma)" ""
  among "the answer" "$(cat "$STATE/asked")" "mnt 13" "mnt 2"
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

# Two files each way at once: the calls for both nodes alternate, from one port.
alternate() {
  local block=$1 node
  nfs remote1 put "$block" /export/alpha alternate "$STATE/20MB.alpha" /export/beta alternate "$STATE/20MB.beta"
  for node in alpha beta; do
    cmp "$STATE/20MB.$node" "$(ganesha_data "$node")/alternate"
  done
  nfs remote1 get "$block" /export/alpha alternate "$STATE/remote1/a" /export/beta alternate "$STATE/remote1/b"
  cmp "$STATE/20MB.alpha" "$STATE/remote1/a"
  cmp "$STATE/20MB.beta" "$STATE/remote1/b"
}
check "both nodes over one socket, 8192 bytes a block" alternate 8192
check "both nodes over one socket, 32768 bytes a block" alternate 32768

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

# renames_seen COMMAND...: the same for how many calls of RENAME and LINK get to nodes, and $STATE/renamed.
renames_seen() {
  capture_start "$STATE/rename.pcap" gateway.int0 dst port 2049 and 'udp[20:4] = 100003' and \
    '(udp[28:4] = 14 or udp[28:4] = 15)'
  "$@" >"$STATE/renamed" 2>&1 || true
  capture_stop "$STATE/rename.pcap"
  frames "$STATE/rename.pcap" | wc -l
}

# changes ANSWER SEEN OPERATION...
changes() {
  local seen
  seen=$(renames_seen nfs remote1 "${@:3}")
  equal "the answer" "$(cat "$STATE/renamed")" "$1"
  equal "calls that got to a node" "$seen" "$2"
}
across() {
  changes "rename 18" 0 rename /export/alpha alternate /export/beta moved
  changes "rename 18" 0 rename /export/beta alternate /export/alpha moved
  changes "link 18" 0 link /export/alpha alternate /export/beta linked
  changes "link 18" 0 link /export/beta alternate /export/alpha linked
}
within() {
  changes "rename 0" 1 rename /export/beta alternate /export/beta/sub moved
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

no_inside_address() {
  capture_stop "$STATE/outside.pcap"
  equal "what was seen" "$(frames "$STATE/outside.pcap")" ""
}
check "no inside address was seen outside" no_inside_address
