#!/bin/bash
# 100 MB each way through one rsh, byte for byte.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up

# The same bytes wherever it runs: the key stream of a cipher.
readonly BYTES='head -c 100000000 /dev/zero | openssl enc -aes-128-ctr -K 0 -iv 0 2>/dev/null'
digest=$(sh -c "$BYTES" | sha256sum)

to_the_cluster() {
  equal "the digest at the node" \
    "$(sh -c "$BYTES" | host_guest remote1 timeout 120 netkit-rsh cluster sha256sum)" "$digest"
}
check "100 MB into the cluster arrive whole" to_the_cluster

from_the_cluster() {
  equal "the digest at the remote" \
    "$(host_guest remote1 timeout 120 netkit-rsh -n cluster "$BYTES" | sha256sum)" "$digest"
}
check "100 MB out of the cluster arrive whole" from_the_cluster

both_ways() {
  local digest_there
  host_guest remote1 timeout 120 netkit-rsh -n cluster "$BYTES" | sha256sum >"$STATE/digest" &
  digest_there=$(sh -c "$BYTES" | host_guest remote2 timeout 120 netkit-rsh cluster sha256sum)
  wait
  equal "the digest at the node" "$digest_there" "$digest"
  equal "the digest at the remote" "$(cat "$STATE/digest")" "$digest"
}
check "both ways at once, too" both_ways
