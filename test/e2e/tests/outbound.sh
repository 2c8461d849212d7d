#!/bin/bash
# Nodes reach the outside under the cluster's address, and only under it.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up
teller_up remote1 7000

outside_watch

# seen_as NODE FIRST LAST: the address that a remote sees, and the slice the port is from.
seen_as() {
  local answer port
  answer=$(ask "$1" remote1 7000)
  port=${answer##* }
  equal "the remote's answer" "${answer% *}" "remote1 192.0.2.1"
  [[ $port -ge $2 && $port -le $3 ]] || die "the port $port is not in the slice $2-$3 of $1"
}
check "a remote sees alpha as the cluster" seen_as alpha 24576 32767
check "a remote sees beta as the cluster" seen_as beta 32768 40959
check "a remote sees gamma as the cluster" seen_as gamma 40960 49151
check "a remote sees the gateway as the cluster" seen_as gateway 16384 24575

datagrams() {
  local answer
  # shellcheck disable=SC2016  # the inner shell expands
  answer=$(host_exec "$1" timeout 10 bash -c 'exec 3<>/dev/udp/remote1/7001; echo question >&3; head -n 1 <&3')
  equal "the datagram that came back" "$answer" question
}
udp_echo_up remote1 7001
for node in "${NODES[@]}"; do
  check "$node exchanges datagrams with a remote" datagrams "$node"
  check "$node pings a remote" pings "$node" 192.0.2.102
done

all_at_once() {
  local node sent=() pid
  for node in "${NODES[@]}"; do
    pings "$node" 192.0.2.101 &
    sent+=($!)
  done
  for pid in "${sent[@]}"; do
    wait "$pid" || die "an echo reply was lost or went to another node"
  done
}
check "all nodes ping one remote at once" all_at_once

check "no inside address was seen outside" no_inside_address
