#!/bin/bash
# U-Boot's client of NFS, which speaks version 2 of MOUNT and of NFS: alpha's server has neither.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by themselves: followed, they take shellcheck minutes
. "$LIB/nfs.sh"
# shellcheck source=/dev/null
. "$LIB/uboot.sh"
testbed_open
machines_up
host_daemon gateway rpcbind rpcbind -f
nfs_up alpha
cp "$STATE/20MB.alpha" "$(ganesha_data alpha)/file"
uboot_up
wait_until 10 portmapper_knows_nfs || die "the cluster's portmapper does not know NFS"
outside_watch

# cannot_mount ASKED PATH: who gets U-Boot's calls.
cannot_mount() {
  equal "who was asked" "$(seen_inside "src host 192.0.2.103" uboot_nfs "$2")" "$1"
  contains "$STATE/said" "ERROR: Cannot mount" || die "U-Boot says: $(tail -1 "$STATE/said")"
}
check "MOUNT 2 is alpha's to refuse, and U-Boot hears that it is" cannot_mount 10.77.0.11.20048 /export/alpha/file
check "what is not exported is refused to U-Boot without asking a node" cannot_mount "" /export/gamma/file

check "no inside address was seen outside" no_inside_address
