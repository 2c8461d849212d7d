#!/bin/bash
# A gateway that dies is silent, leaves nothing behind, and serves again when it is started.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up
teller_up gateway 8080

# belongings: what enclusterd could leave behind, in a form to compare.
belongings() {
  host_exec gateway find /run /dev/shm -not -path "$STATE*" -not -path '/run/guest*' | sort
  host_exec gateway ip -o -br link | cut -d' ' -f1 | sort
  host_exec gateway ip -o -4 addr | awk '{print $2, $4}' | sort
  host_exec gateway nft -s list ruleset
}
belongings >"$STATE/before"

# A session whose ends will both keep sending when the gateway is dead.
host_guest remote1 netkit-rsh -n cluster 'while sleep 0.2; do echo tick; done' >"$STATE/ticks" 2>/dev/null &
wait_until 10 test -s "$STATE/ticks" || die "no session before the crash"
equal_exit() {
  equal "the exit status" "$(gateway_stop "$1")" "$2"
}

silent_when_dead() {
  local mac port
  mac=$(host_exec gateway cat /sys/class/net/ext0/address)
  capture_start "$STATE/outside.pcap" gateway.ext0 -Q in
  capture_start "$STATE/inside.pcap" gateway.int0 -Q in
  host_exec remote1 ip neigh flush dev eth0
  not pings remote1 192.0.2.1
  host_exec remote2 ip neigh replace 192.0.2.1 lladdr "$mac" dev eth0
  not pings remote2 192.0.2.1
  for port in 22 514 999 8080 30000; do
    not host_exec remote2 socat -u "TCP4:192.0.2.1:$port,connect-timeout=2" - 2>/dev/null
  done
  capture_stop "$STATE/outside.pcap"
  capture_stop "$STATE/inside.pcap"
  equal "what left to the outside" "$(frames "$STATE/outside.pcap")" ""
  equal "what left to the interconnect" "$(frames "$STATE/inside.pcap")" ""
}

check "kill -9 ends it" equal_exit KILL 137
check "no packet leaves the kernel of a dead gateway" silent_when_dead

restarted() {
  gateway_start
  belongings >"$STATE/after"
  diff "$STATE/before" "$STATE/after" || die "left behind: $(diff "$STATE/before" "$STATE/after" | tail -1)"
}
check "it starts again and has left nothing behind" restarted

serves_again() {
  local protocol
  for protocol in "${LOGINS[@]}"; do
    served_by remote2 "$protocol"
  done
  pings remote2 192.0.2.1
}
check "all protocols work again" serves_again
check "SIGTERM ends it with status 0" equal_exit TERM 0
check "it starts again after SIGTERM" restarted
