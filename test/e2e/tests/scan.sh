#!/bin/bash
# What a scan from outside finds: what is configured, and what nodes listen on in their slices.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up
readonly CONFIGURED="22 23 512 513 514 5432"
# First ports of the slices: 16384, 24576, 32768, 40960.
teller_up beta 5432
teller_up gateway 16400
teller_up alpha 24600
teller_up gamma 41000
# Nobody shall find these: outside the node's slice.
teller_up alpha 8081
teller_up beta 24601

# open_ports ADDRESS PORTS OPTION...: those that answer a SYN, in order.
open_ports() {
  host_exec remote1 timeout 120 nmap -n -Pn -sS --max-retries 2 -T4 -p "$2" -oG - "${@:3}" "$1" >"$STATE/scan"
  grep -q 'Nmap done' "$STATE/scan" || die "nmap did not end: $(tail -1 "$STATE/scan")"
  grep -o '[0-9]*/open/' "$STATE/scan" | cut -d/ -f1 | sort -n | xargs
}

finds() {
  local found
  found=$(open_ports 192.0.2.1 "${@:2}")
  equal "the open ports" "$found" "$1"
}
check "of all ports, services and listeners in their own slices are open" \
  finds "$CONFIGURED 16400 24600 41000" 1-65535 --min-rate 3000

for protocol in "${LOGINS[@]}"; do
  check "$protocol works after the scan" served_by remote2 "$protocol"
done

denied() {
  sed -i 's/dynamic_syn: allow/dynamic_syn: deny/' "$STATE/gateway.yaml"
  local before
  before=$(grep -c 'event=reloaded' "$GATEWAY_LOG" || true)
  gateway_signal HUP
  wait_until 10 more_lines_than "$before" 'event=reloaded' "$GATEWAY_LOG" || die "no reload"
  finds "$CONFIGURED" 1-1023,5432,8080-8081,16380-16420,24576-24620,32768-32780,41000 --max-retries 1
}
check "with dynamic_syn: deny the services alone are open" denied

# nobody_up OPTION...: no host of the interconnect shows itself to the scan.
nobody_up() {
  host_exec remote1 timeout 60 nmap -n -sn -T4 --max-retries 1 --max-rtt-timeout 200ms --min-rate 400 "$@" --exclude 10.77.0.200 10.77.0.0/24 >"$STATE/sweep"
  grep -q 'Nmap done: 255 IP addresses (0 hosts up)' "$STATE/sweep" || die "$(tail -1 "$STATE/sweep")"
}

by_router() {
  host_exec remote1 ip route replace 10.77.0.0/24 via 192.0.2.1
  nobody_up -PE -PS513 -PU53
}
check "inside addresses do not answer through the cluster as a router" by_router

by_arp() {
  host_exec remote1 ip route flush 10.77.0.0/24
  host_exec remote1 ip addr replace 10.77.0.200/24 dev eth0
  nobody_up -PR
}
check "inside addresses do not answer ARP" by_arp

by_mac() {
  local node mac
  mac=$(host_exec gateway cat /sys/class/net/ext0/address)
  for node in 1 11 12 13; do
    host_exec remote1 ip neigh replace "10.77.0.$node" lladdr "$mac" dev eth0
  done
  equal "the open ports" "$(open_ports 10.77.0.1,11-13 22,513,5432,24600 --send-ip --max-retries 1)" ""
}
check "inside addresses do not answer at the gateway's MAC address" by_mac
