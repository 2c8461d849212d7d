#!/bin/bash
# Whose export has a list of clients: others are refused at the gateway, whatever they know. NFSACL.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/nfs.sh"
testbed_open
machines_up
nfs_up alpha beta
outside_watch

# acl_is_its_nodes NODE: a call of NFSACL gets there, and its answer comes from the cluster's address, as the
# client sees to. Whether the server has the procedure is another matter.
acl_is_its_nodes() {
  local handle
  handle=$(nfs_handle "$1")
  equal "who was asked" "$(seen_inside 'dst port 2049 and udp[20:4] = 100227' nfs remote1 acl "$handle")" \
    "${ADDRESS[$1]}.2049"
  among "the answer" "$(cat "$STATE/said")" "acl 0" "acl refused"
}
for node in alpha beta; do
  check "NFSACL's GETACL of a handle of $node is its node's" acl_is_its_nodes "$node"
done

# The list comes by a reload, so that both remotes have handles from before.
cp "$STATE/20MB.beta" "$(ganesha_data beta)/file"
handle=$(nfs_handle beta)
sed -i '/path: \/export\/beta/s/}$/, clients: [192.0.2.101\/32]}/' "$STATE/gateway.yaml"
gateway_reload

reads() {
  nfs "$1" get 8192 /export/beta file "$STATE/$1/file"
  cmp "$STATE/20MB.beta" "$STATE/$1/file"
}
check "the export's client mounts and reads" reads remote1

# denied PLACE OPERATION...: remote2's operation is answered ACCES, and nothing of it gets to a node: neither
# datagrams nor what fragments follow their first.
denied() {
  equal "the datagrams that got to a node" "$(seen_inside "src host 192.0.2.102" "${@:2}")" ""
  equal "the answer" "$(cat "$STATE/said")" "$1"
}
check "MNT of another remote is refused (MNT3ERR_ACCES)" denied "mnt 13" nfs remote2 mnt /export/beta
check "all procedures of NFS with a handle learnt elsewhere are refused (NFS3ERR_ACCES)" \
  denied "" nfs_refused remote2 "$handle" 13
check "and NFSACL's" denied "acl 13" nfs remote2 acl "$handle"

counted() {
  gateway_drops | grep -E '^client_denied 2[3-9]$' >/dev/null || die "client_denied is not counted: $(gateway_drops | xargs)"
}
check "they are counted as client_denied" counted

others() {
  nfs_there_and_back remote2 alpha 8192
  [[ $(host_exec gamma timeout 30 "$STATE/bin/nfs" 192.0.2.1 20048 mnt /export/beta) == "mnt 0 $handle" ]] ||
    die "a node is refused"
}
check "another export is open to that remote, and the same export to nodes" others

let_in() {
  sed -i '/path: \/export\/beta/s/, clients: .*}$/}/' "$STATE/gateway.yaml"
  gateway_reload
  reads remote2
}
check "without the list, the other remote mounts and reads" let_in

check "no inside address was seen outside" no_inside_address
