#!/bin/bash
# `vlan` of a network and of the interconnect: tagged frames on both cables.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up
sed -i -e '/name: campus/s/}/, vlan: 7}/' -e '/^interconnect:/s/}/, vlan: 20}/' "$STATE/gateway.yaml"
vlan_up remote1 7
for node in "${NODES[@]}"; do
  vlan_up "$node" 20
done
gateway_start
teller_up remote1 7000
readonly BYTES='head -c 5000000 /dev/zero | openssl enc -aes-128-ctr -K 0 -iv 0 2>/dev/null'
digest=$(sh -c "$BYTES" | sha256sum)

capture_start "$STATE/outside.pcap" gateway.ext0 -Q in
capture_start "$STATE/inside.pcap" gateway.int0 -Q in

full_frames() {
  host_exec "$1" ping -n -q -M "do" -s 1472 -c 2 -i 0.2 -W 2 "$2" | grep ' 2 received' >/dev/null
}

outbound() {
  local answer
  answer=$(ask alpha remote1 7000)
  equal "the remote's answer" "${answer% *}" "remote1 192.0.2.1"
}

stream() {
  equal "the digest at the node" \
    "$(sh -c "$BYTES" | host_guest remote1 timeout 60 netkit-rsh cluster sha256sum)" "$digest"
}

for offload in on off; do
  vlan_offload switch gateway.ext0 $offload
  vlan_offload switch gateway.int0 $offload
  vlan_offload gateway ext0 $offload
  vlan_offload gateway int0 $offload
  for protocol in "${LOGINS[@]}"; do
    check "$protocol works, tag offload $offload" served_by remote1 "$protocol"
  done
  check "alpha reaches a remote, tag offload $offload" outbound
  check "5 MB arrive whole, tag offload $offload" stream
  check "beta logs in to the cluster, tag offload $offload" served_by_a_node served_by beta rsh
  check "full frames reach the cluster, tag offload $offload" full_frames remote1 192.0.2.1
  check "a node's full frames reach a remote, tag offload $offload" full_frames gamma 192.0.2.101
done

all_tagged() {
  capture_stop "$STATE/$1.pcap"
  [ "$(frames "$STATE/$1.pcap" | wc -l)" -gt 100 ] || die "little was captured"
  equal "frames without the tag" "$(tcpdump -n -r "$STATE/$1.pcap" "not vlan $2" 2>/dev/null | head -1)" ""
}
check "every frame that the gateway sends outside has tag 7" all_tagged outside 7
check "every frame that the gateway sends inside has tag 20" all_tagged inside 20

# dropped_as REASON: the reason is counted anew while remote2 tries to reach the cluster in vain.
dropped_as() {
  local before
  before=$(gateway_drops | sed -n "s/^$1 //p")
  not pings remote2 192.0.2.1
  sleep 1
  [ "$(gateway_drops | sed -n "s/^$1 //p")" -gt "${before:-0}" ] || die "no new drop '$1'"
}
check "an untagged remote is not heard" dropped_as vlan_missing
vlan_up remote2 8
check "a remote of another VLAN is not heard" dropped_as vlan
