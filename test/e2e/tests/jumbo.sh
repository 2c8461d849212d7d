#!/bin/bash
# Jumbo frames on both sides: `mtu` of a network and of the interconnect.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up
sed -i -e '/name: campus/s/}/, mtu: 9000}/' -e '/^interconnect:/s/}/, mtu: 9000}/' "$STATE/gateway.yaml"
cables_mtu outside 9000
cables_mtu interconnect 9000
gateway_start

mtu_of() {
  equal "the MTU of $1" "$(host_exec gateway cat "/sys/class/net/$1/mtu")" 9000
}
for interface in ext0 int0 ec-campus ec-inside; do
  check "$interface has the configured MTU" mtu_of "$interface"
done

# 8972 bytes of data make a datagram of 9000.
whole() {
  host_exec "$1" ping -n -q -M "do" -s 8972 -c 2 -i 0.2 -W 2 "$2" | grep ' 2 received' >/dev/null
}
check "a datagram of 9000 bytes reaches the cluster's kernel and comes back" whole remote1 192.0.2.1
check "a node's of 9000 bytes reaches a remote and comes back" whole alpha 192.0.2.101
check "a node's of 9000 bytes reaches the cluster and comes back" whole alpha 192.0.2.1

readonly BYTES='head -c 20000000 /dev/zero | openssl enc -aes-128-ctr -K 0 -iv 0 2>/dev/null'
digest=$(sh -c "$BYTES" | sha256sum)

jumbo_stream() {
  capture_start "$STATE/jumbo.pcap" gateway.ext0 -s 64 tcp
  equal "the digest at the node" \
    "$(sh -c "$BYTES" | host_guest remote1 timeout 60 netkit-rsh cluster sha256sum)" "$digest"
  equal "the digest at the remote" \
    "$(host_guest remote1 timeout 60 netkit-rsh -n cluster "$BYTES" | sha256sum)" "$digest"
  capture_stop "$STATE/jumbo.pcap"
  equal "the longest frame" "$(longest_frame "$STATE/jumbo.pcap")" 9014
}
check "20 MB each way travel in frames of 9014 bytes, whole" jumbo_stream

drops() {
  gateway_drops | not grep -E 'oversized|ip_length|frame_truncated'
}
check "no frame was too long or cut" drops
