#!/bin/bash
# iperf3 both ways by TCP and UDP, on each driver for kernel interfaces, also while 1 % of the packets
# get lost. What counts is that nothing stalls; the speed is the machine's.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up
# The first port of alpha's slice is 24576.
host_daemon alpha iperf3 iperf3 -s -p 25000
host_daemon remote1 iperf3 iperf3 -s -p 5201
wait_until 10 listening alpha 25000 || die "no iperf3 on alpha"
wait_until 10 listening remote1 5201 || die "no iperf3 on remote1"

# measure HOST OPTION...: five seconds; every one of them must have moved something. iperf3 opens a UDP
# stream by one datagram each way, never repeated: where one got lost, it is asked again.
measure() {
  for _ in 1 2 3; do
    host_exec "$1" timeout 40 iperf3 -t 5 -i 1 -f k "${@:2}" >"$STATE/iperf" 2>&1 && break
    grep -q 'unable to read from stream socket' "$STATE/iperf" || die "$(tail -1 "$STATE/iperf")"
  done
  grep -q 'receiver$' "$STATE/iperf" || die "iperf3 tells no result: $(tail -1 "$STATE/iperf")"
  not grep -E ' 0\.00 (K|)bits/sec' "$STATE/iperf" >/dev/null || die "it stalled"
}

# loses LEAST MOST COMMAND...: the share of datagrams lost, in tenths of a percent.
loses() {
  "${@:3}"
  local lost total
  IFS=/ read -r lost total < <(grep 'receiver$' "$STATE/iperf" | grep -o '[0-9]*/[0-9]* (' | tr -d ' (')
  [ "$total" -gt 1000 ] || die "only $total datagrams were counted"
  among "tenths of a percent lost" $((lost * 1000 / total)) $(seq "$1" "$2")
}

readonly INTO=(remote1 -c cluster -p 25000) OUT=(beta -c remote1 -p 5201)
readonly UDP=(-u -b 10M -l 1400)

# all_ways LABEL LEAST MOST: the bounds are for datagrams lost.
all_ways() {
  local label=$1
  check "TCP into the cluster, $label" measure "${INTO[@]}"
  check "TCP back from the cluster, $label" measure "${INTO[@]}" -R
  check "TCP from a node to a remote, $label" measure "${OUT[@]}"
  check "UDP into the cluster, $label" loses "$2" "$3" measure "${INTO[@]}" "${UDP[@]}"
  check "UDP back from the cluster, $label" loses "$2" "$3" measure "${INTO[@]}" -R "${UDP[@]}"
}

# lossy HOST INTERFACE: one in a hundred of the packets that arrive there is lost.
lossy() {
  host_exec "$1" nft "add table netdev lossy; add chain netdev lossy in { type filter hook ingress device \"$2\" priority 0; };
    add rule netdev lossy in numgen random mod 100 < 1 drop"
}

for driver in af_packet af_xdp; do
  sed -i "s/net_af_[a-z]*/net_$driver/" "$STATE/gateway.yaml"
  check "enclusterd starts on $driver" gateway_start
  for protocol in rsh ssh; do
    check "$protocol works on $driver" served_by remote1 "$protocol"
  done
  all_ways "$driver" 0 20
  lossy remote1 eth0
  lossy switch remote1.eth0
  all_ways "$driver, 1 % lost" 3 40
  host_exec remote1 nft delete table netdev lossy
  host_exec switch nft delete table netdev lossy
  check "enclusterd ends on $driver" gateway_stop TERM
done
