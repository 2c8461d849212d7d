#!/bin/bash
# MOUNT's lists of the whole cluster: EXPORT that is too long for a small datagram, and DUMP of what several
# nodes' mountds know (Linux's own), also where the gateway has a mountd at the cluster's port.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/nfs.sh"
testbed_open
machines_up
nfs_prepare

# mountd_up NODE LINE...: rpc.mountd, which remembers these clients. Over UDP alone: showmount prefers what the
# portmapper says of TCP, which at the gateway would be its own mountd.
mountd_up() {
  local node=$1 dir=$STATE/$1/nfs
  mkdir -p "$dir"
  printf '%s\n' "${@:2}" >"$dir/rmtab"
  touch "$dir/etab"
  host_exec "$node" mount --bind "$dir" /var/lib/nfs
  [ "$node" = gateway ] || host_daemon "$node" rpcbind rpcbind -w -f
  wait_until 10 host_exec "$node" rpcinfo -p >/dev/null 2>&1 || die "rpcbind of $node does not answer"
  host_daemon "$node" mountd rpc.mountd -F -n -V 2 -V 3 -p "${MOUNT_PORT[$node]}"
  wait_until 10 mountd_answers "$node" || die "the mountd of $node does not answer"
}
mountd_answers() {
  host_exec "$1" timeout 2 rpcinfo -n "${MOUNT_PORT[$1]}" -u 127.0.0.1 100005 3 >/dev/null 2>&1
}

readonly LONG=a-directory-whose-name-is-so-long-that-sixty-of-them-fill-several-datagrams-of-a-network
paths() {
  seq -f "/export/alpha/$LONG/%03g" 60
  printf '%s\n' /export/alpha /export/beta "$@" | sort
}
nfs_configure alpha beta
seq -f "  - {path: /export/alpha/$LONG/%03g, node: alpha}" 60 >>"$STATE/gateway.yaml"
host_daemon gateway rpcbind rpcbind -f
gateway_start
outside_watch
mountd_up alpha 192.0.2.101:/export/alpha:0x00000001 192.0.2.102:/export/alpha/sub:0x00000002 \
  10.77.0.12:/export/alpha:0x00000001 198.51.100.9:/etc:0x00000001
mountd_up beta 192.0.2.101:/export/beta:0x00000001 192.0.2.101:/export/alpha:0x00000001
mount_known() {
  host_exec remote1 rpcinfo -p cluster 2>/dev/null | grep -w 100005 >/dev/null
}
wait_until 10 mount_known || die "the cluster's portmapper does not know MOUNT"

# showmount OPTION...: as remote1 sees it, sorted.
showmount() {
  host_exec remote1 timeout 20 showmount --no-headers "$@" cluster | sed 's/ *$//' | sort
}
lists_exports() {
  equal "the exports" "$(showmount -e | sed 's/ .*//')" "$(paths "$@" | sort)"
}
# lists_mounts HOST:DIRECTORY...: these are the mounts, at the latest when what was told before is not fresh
# any more.
lists_mounts() {
  wait_until 10 mounts_are "$@" || die "the mounts are '$(showmount -a)', expected '$*'"
}
mounts_are() {
  [ "$(showmount -a)" = "$(printf '%s\n' "$@" | sort)" ]
}
lists_directories() {
  equal "the directories" "$(showmount -d)" $'/export/alpha\n/export/alpha/sub\n/export/beta'
}
fragments_seen() {
  capture_start "$STATE/long.pcap" remote1.eth0 'udp and src host 192.0.2.1'
  lists_exports
  capture_stop "$STATE/long.pcap"
  tcpdump -n -v -r "$STATE/long.pcap" 2>/dev/null | grep 'flags \[+\]' >/dev/null || die "the answer was not in fragments"
}
check "showmount -e lists 62 exports, of thousands of bytes" lists_exports
check "they come in fragments of one datagram" fragments_seen
check "showmount -a lists what both nodes know, of remotes and of their own exports" lists_mounts \
  192.0.2.101:/export/alpha 192.0.2.102:/export/alpha/sub 192.0.2.101:/export/beta
check "showmount -d lists the directories" lists_directories

node_asks() {
  local said
  said=$(host_exec alpha timeout 20 "$STATE/bin/nfs" 192.0.2.1 20048 exports 2>&1) || true
  [[ $said != *"/export/alpha"* ]] || die "a node was told: $said"
  host_exec alpha timeout 20 "$STATE/bin/nfs" 192.0.2.1 20048 null | grep "^mount-null 0" >/dev/null
}
check "a node that asks the cluster for the long list is not led to the gateway" node_asks

silent_node() {
  host_exec beta pkill -KILL -x rpc.mountd
  lists_mounts 192.0.2.101:/export/alpha 192.0.2.102:/export/alpha/sub
  contains "$GATEWAY_LOG" "event=mounts_unknown node=beta"
}
check "a node whose mountd is dead is left out, and named" silent_node

floods() {
  host_exec remote1 bash -c 'for _ in {1..100}; do
    printf "\0\0\0\7\0\0\0\0\0\0\0\2\0\1\206\245\0\0\0\3\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" >/dev/udp/192.0.2.1/20048
  done'
  wait_until 5 contains "$GATEWAY_LOG" event=mount_rate_limited || die "nothing was limited"
}
check "who asks for the long list too often is kept from it" floods

gateway_exports() {
  sed -i '/^exports:/a\  - {path: /export/gateway, node: gateway}' "$STATE/gateway.yaml"
  mountd_up gateway 192.0.2.102:/export/gateway:0x00000001
  gateway_reload
  lists_exports /export/gateway
  lists_mounts 192.0.2.101:/export/alpha 192.0.2.102:/export/alpha/sub 192.0.2.102:/export/gateway
}
check "the same where the gateway exports, and has a mountd at the cluster's port" gateway_exports

check "no inside address was seen outside" no_inside_address
