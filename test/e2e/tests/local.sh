#!/bin/bash
# The gateway is a host as well: its own services, its own connections, sessions scheduled on it.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up
teller_up gateway 8080
teller_up beta 5432
teller_up remote1 7000

answers() {
  local answer
  answer=$(ask "$1" cluster "$2")
  equal "the answer" "${answer% *}" "$3"
}
check "a remote reaches a service of the gateway itself" answers remote1 8080 "gateway 192.0.2.101"
check "a remote reaches a service of one node" answers remote2 5432 "beta 192.0.2.102"
check "a remote pings the cluster" pings remote1 192.0.2.1
check "the gateway pings a remote" pings gateway 192.0.2.102
check "the gateway pings a node" pings gateway 10.77.0.12

gateway_calls() {
  local answer
  answer=$(ask gateway remote1 7000)
  equal "the remote's answer" "${answer% *}" "remote1 192.0.2.1"
}
check "the gateway connects to a remote" gateway_calls

# Four sessions in a row visit each of the four, the gateway among them, with both of rsh's streams.
session_on_the_gateway() {
  for _ in 1 2 3 4; do
    both_streams remote1 cluster
  done | grep -x gateway
}
check "a session is scheduled on the gateway itself" session_on_the_gateway

closed_port() {
  local why
  why=$(host_exec remote1 timeout 10 socat -u TCP4:cluster:"$1" - 2>&1) && die "port $1 is open"
  [[ $why == *refused* ]] || die "port $1 is not refused: $why"
}
check "a port without a service is refused at once" closed_port 999
