#!/bin/bash
# U-Boot's client of NFS, which speaks version 2 of MOUNT and of NFS: Linux's server on gamma has both, alpha's
# Ganesha neither.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by themselves: followed, they take shellcheck minutes
. "$LIB/nfs.sh"
# shellcheck source=/dev/null
. "$LIB/uml.sh"
# shellcheck source=/dev/null
. "$LIB/knfsd.sh"
# shellcheck source=/dev/null
. "$LIB/uboot.sh"
testbed_open
guests_prepare
machines_up
nfs_prepare
nfs_configure alpha
echo '  - {path: /srv/gamma, node: gamma, keys: ["fsid:7"]}' >>"$STATE/gateway.yaml"
head -c 10000000 /dev/urandom >"$STATE/10MB"
guest_up gamma 192
guest_exec gamma mkdir -p /srv/gamma/boot
guest_exec gamma cp "$STATE/10MB" /srv/gamma/boot/kernel
guest_exec gamma "$ROOT/scripts/node-setup" --node 3 --nodes 3 --gateway 10.77.0.1 >"$STATE/gamma/log/node-setup"
guest_exec gamma exportfs -o fsid=7,rw,no_root_squash,no_subtree_check "*:/srv/gamma"
knfsd_up gamma
host_daemon gateway rpcbind rpcbind -f
gateway_start
ganesha_up alpha
cp "$STATE/10MB" "$(ganesha_data alpha)/file"
uboot_up
wait_until 10 portmapper_knows_nfs || die "the cluster's portmapper does not know NFS"
outside_watch

check "U-Boot loads 10 MB of gamma's by NFS 2" uboot_loads /srv/gamma/boot/kernel "$STATE/10MB"

absent() {
  not uboot_nfs /srv/gamma/boot/absent 2>"$STATE/uboot.err"
  contains "$STATE/uboot.err" "ERROR: File lookup fail" || die "U-Boot says: $(tail -1 "$STATE/uboot.err")"
}
check "U-Boot hears that a file is not there" absent

# cannot_mount ASKED PATH: who gets U-Boot's calls.
cannot_mount() {
  equal "who was asked" "$(seen_inside "src host 192.0.2.103" uboot_nfs "$2")" "$1"
  contains "$STATE/said" "ERROR: Cannot mount" || die "U-Boot says: $(tail -1 "$STATE/said")"
}
check "MOUNT 2 is alpha's to refuse, and U-Boot hears that it is" cannot_mount 10.77.0.11.20048 /export/alpha/file
check "what is not exported is refused to U-Boot without asking a node" cannot_mount "" /srv/beta/file

check "no inside address was seen outside" no_inside_address
