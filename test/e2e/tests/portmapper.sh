#!/bin/bash
# The gateway's own rpcbind is the cluster's portmapper: it knows the cluster's RPC programs as long as
# the services are configured.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up
cat >>"$STATE/gateway.yaml" <<'END'
  - {name: mount, port: 20048/udp, plugin: mount}
  - {name: nfs, port: 2049/udp, plugin: nfs}
  - {name: portmapper, port: 111/udp, plugin: portmapper, clients: 192.0.2.101/32, rate: 10}
exports:
  - {path: /export/alpha, node: alpha, keys: ["ganesha:257"]}
  - {path: /export/beta, node: beta, keys: ["ganesha:513"], clients: [192.0.2.0/24]}
END

# rpcbind_start: on the gateway, knowing nothing.
rpcbind_start() {
  host_daemon gateway rpcbind rpcbind -f
  wait_until 10 rpcbind_answers || die "rpcbind of the gateway does not answer"
}
rpcbind_answers() {
  host_exec gateway rpcinfo -p >/dev/null 2>&1
}

# listed: the cluster's programs, as remote1 hears of them: `PROGRAM VERSION PROTOCOL PORT ...`
listed() {
  host_exec remote1 rpcinfo -p cluster | awk '$1 ~ /^100(003|005|227)$/ {print $1, $2, $3, $4}' |
    sort | tr '\n' ';'
}
readonly MOUNT='100005 1 udp 20048;100005 2 udp 20048;100005 3 udp 20048;'
readonly NFS='100003 2 udp 2049;100003 3 udp 2049;' ACL='100227 2 udp 2049;100227 3 udp 2049;'
lists() {
  [ "$(listed)" = "$1" ]
}
listed_within() {
  wait_until "$1" lists "$2" || die "after $1 s the portmapper lists '$(listed)', expected '$2'"
}

gateway_start
without_rpcbind() {
  wait_until 10 contains "$GATEWAY_LOG" event=rpc_unreachable || die "the log has no event=rpc_unreachable"
}
check "without rpcbind, the gateway serves and says so" without_rpcbind

registered() {
  rpcbind_start
  listed_within 10 "$NFS$MOUNT$ACL"
}
check "the cluster's programs are registered, over UDP alone" registered

again() {
  host_exec gateway pkill -KILL -x rpcbind
  rpcbind_start
  listed_within 10 "$NFS$MOUNT$ACL"
}
check "they are registered again when rpcbind is started anew" again

# A server of the gateway itself must not take the cluster's place.
retaken() {
  host_exec gateway rpcinfo -d 100005 3
  listed_within 10 "$NFS$MOUNT$ACL"
}
check "what somebody removed is registered again" retaken

exports() {
  local said
  said=$(host_exec remote1 timeout 20 showmount -e cluster)
  [[ $said == *"/export/alpha (everyone)"* && $said == *"/export/beta  192.0.2.0/24"* ]] ||
    die "showmount says: $said"
}
check "showmount lists the exports of all nodes as if of one server" exports

null_calls() {
  host_exec remote1 timeout 10 rpcinfo -u cluster 100003 3
  host_exec remote1 timeout 10 rpcinfo -u cluster 100005 3
  host_exec remote1 timeout 10 rpcinfo -u cluster 100227 3
}
check "procedure 0 of each program is answered" null_calls

# ask HOST: one question of version 2, NULL, to the portmapper; answered within a second?
ask() {
  printf '\0\0\0\7\0\0\0\0\0\0\0\2\0\1\206\240\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' |
    host_exec "$1" socat -t 1 - UDP4:192.0.2.1:111 | grep -q .
}
strangers() {
  ask remote1 || die "remote1 is not answered"
  not ask remote2
  gateway_drops | grep -E '^client_denied [1-9]' >/dev/null || die "no drop is counted as client_denied"
}
check "who is no client of the portmapper gets no answer" strangers

# A hundred questions at once: those beyond the rate are dropped, and counted.
flooded() {
  sleep 1
  host_exec remote1 bash -c 'for _ in {1..100}; do printf %040d 0 >/dev/udp/192.0.2.1/111; done'
  wait_until 5 rate_limited || die "no drop is counted as rate_limited"
}
rate_limited() {
  gateway_drops | grep -E '^rate_limited [1-9]' >/dev/null
}
check "who asks too often is kept from the portmapper" flooded

removed() {
  sed -i '/name: nfs, port/d' "$STATE/gateway.yaml"
  gateway_signal HUP
  listed_within 10 "$MOUNT"
}
check "a service that is not configured any more is unregistered" removed

ended() {
  gateway_stop TERM
  wait_until 10 unlisted || die "rpcbind still lists the programs of a gateway that has ended"
}
unlisted() {
  ! host_exec gateway rpcinfo -p | grep -E '^ *1000(03|05)' >/dev/null
}
check "a gateway that ends takes its programs along" ended
