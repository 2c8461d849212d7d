#!/bin/bash
# MOUNT and NFS over UDP where the gateway itself exports: its own servers get what is no node's.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/nfs.sh"
testbed_open
machines_up
nfs_up gateway alpha
outside_watch

for block in 8192 32768; do
  check "20 MB to the gateway and back, $block bytes a block" nfs_there_and_back remote1 gateway "$block"
done
check "20 MB to alpha and back" nfs_there_and_back remote1 alpha 8192

exports() {
  equal "the exports" "$(nfs remote1 exports | sort)" $'exports 0 /export/alpha\nexports 0 /export/gateway'
}
check "EXPORT tells the exports of the gateway and of alpha" exports

mount_of_gateway() {
  equal "the answer to MNT $1" "$(nfs remote1 mnt "$1")" "mnt 13"
}
check "MNT of what is not exported is refused by the gateway's mountd" mount_of_gateway /etc

across() {
  equal "the answer" "$(nfs remote1 rename /export/alpha remote1.8192 /export/gateway moved)" "rename 18"
  equal "the answer" "$(nfs remote1 rename /export/gateway remote1.8192 /export/alpha moved)" "rename 18"
  equal "the answer" "$(nfs remote1 link /export/gateway remote1.8192 /export/alpha linked)" "link 18"
}
check "RENAME and LINK between the gateway and a node are refused (NFS3ERR_XDEV)" across
check "the gateway's server says that a handle of nobody's is stale" nfs_stale 1025

check "no inside address was seen outside" no_inside_address
