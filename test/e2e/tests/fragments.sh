#!/bin/bash
# Datagrams in fragments, echoes and datagrams of 20 000 bytes, both ways; ICMP errors.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up

outside_watch

large_pings() {
  host_exec "$1" ping -n -q -s 20000 -c 5 -i 0.2 -W 3 "$2" | grep ' 5 received' >/dev/null ||
    die "not all echoes of 20000 bytes from $1 to $2 came back"
}
check "a remote's echoes of 20000 bytes to the cluster" large_pings remote1 192.0.2.1
for node in "${NODES[@]}"; do
  check "$node's echoes of 20000 bytes to a remote" large_pings "$node" 192.0.2.101
done
check "the gateway's echoes of 20000 bytes to a remote" large_pings gateway 192.0.2.102
check "a node's echoes of 20000 bytes to the cluster" large_pings alpha 192.0.2.1

# echoes FROM SERVER PORT: three datagrams of 20000 bytes that the server sends back, byte for byte.
echoes() {
  local sent back
  head -c 20000 /dev/urandom >"$STATE/$1/sent"
  sent=$(sha256sum <"$STATE/$1/sent")
  for _ in 1 2 3; do
    back=$(host_exec "$1" timeout 10 socat -b 65536 -t 1 "STDIO" "UDP4:$2:$3" <"$STATE/$1/sent" | sha256sum)
    equal "what came back from $2" "$back" "$sent"
  done
}
udp_echo_up alpha 25000
udp_echo_up beta 33000
udp_echo_up remote1 7001
check "a remote's datagrams of 20000 bytes to alpha's port" echoes remote1 cluster 25000
check "a remote's datagrams of 20000 bytes to beta's port" echoes remote2 cluster 33000
check "alpha's datagrams of 20000 bytes to a remote" echoes alpha remote1 7001
check "datagrams of 20000 bytes between two nodes" echoes gamma cluster 33000

all_at_once() {
  local from jobs=() pid
  for from in remote1 remote2 gamma; do
    echoes "$from" cluster 25000 &
    jobs+=($!)
  done
  for pid in "${jobs[@]}"; do
    wait "$pid" || die "a datagram was lost or mixed up"
  done
}
check "datagrams of 20000 bytes from three hosts at once" all_at_once

# refused FROM SERVER PORT: the error comes back at once, as it does only if an ICMP error says so.
refused() {
  local status=0 begun=$SECONDS
  host_exec "$1" timeout 5 bash -c "exec 3<>/dev/udp/$2/$3; echo x >&3; read -r -t 4 -u 3" 2>"$STATE/$1/refused" || status=$?
  [ $((SECONDS - begun)) -lt 3 ] || die "no error came back from $2"
  [ "$status" -ne 0 ] || die "somebody answered"
  grep -q 'refused' "$STATE/$1/refused" || die "the error is: $(tail -1 "$STATE/$1/refused")"
}
check "a node's port unreachable reaches the remote" refused remote1 cluster 25999
check "a remote's port unreachable reaches the node" refused beta remote1 7999
check "a node's port unreachable reaches another node" refused gamma cluster 25999

check "no inside address was seen outside" no_inside_address
