#!/bin/bash
# Clients of NFS over UDP that others wrote, each as if of one server: 200 MB each way by YANFS (Java) and
# by libnfs, to two nodes at once; YANFS's public handle; the questions of rpcinfo, showmount and nmap.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/nfs.sh"
testbed_open
machines_up
host_daemon gateway rpcbind rpcbind -f
nfs_up alpha beta
outside_watch
readonly YANFS=$STATE/yanfs:/usr/share/java/yanfs.jar
javac -cp "$YANFS" -d "$STATE/yanfs" "$LIB/../clients/yanfs/Yanfs.java"
for node in alpha beta; do
  mkdir "$(ganesha_data "$node")/sub"
  (cd "$(ganesha_data "$node")/sub" && seq -f "file-of-$node-%g" 100 | xargs touch)
  touch "$(ganesha_data "$node")/of-$node"
  head -c 100000000 /dev/urandom >"$STATE/100MB.$node"
done
wait_until 10 portmapper_knows_nfs || die "the cluster's portmapper does not know NFS"

# yanfs REMOTE OPERATION...: clients/yanfs.
yanfs() {
  host_exec "$1" timeout 120 java -cp "$YANFS" Yanfs "${@:2}"
}

# names NODE: what is in its directory.
names() {
  find "$(ganesha_data "$1")/sub" -mindepth 1 -printf '%f\n' | sort
}

lists() {
  equal "the names" "$(yanfs remote1 list "nfs://cluster:v3um/export/$1/sub" | sort)" "$(names "$1")"
}
for node in alpha beta; do
  check "YANFS lists a directory of $node" lists "$node"
done

yanfs_copies() {
  local alpha=nfs://cluster:v3um/export/alpha/yanfs beta=nfs://cluster:v3um/export/beta/yanfs
  echo "put: $(yanfs remote1 put "$STATE/100MB.alpha" "$alpha" "$STATE/100MB.beta" "$beta")"
  echo "get: $(yanfs remote1 get "$alpha" "$STATE/remote1/alpha" "$beta" "$STATE/remote1/beta")"
  for node in alpha beta; do
    cmp "$STATE/100MB.$node" "$(ganesha_data "$node")/yanfs"
    cmp "$STATE/100MB.$node" "$STATE/remote1/$node"
  done
}
check "YANFS copies 100 MB to each of two nodes, and back" yanfs_copies
sed 's/^/# /' "$STATE/out"

# The public handle is no export's. YANFS goes on by MOUNT when it hears that, without a slash in front first.
public_handle() {
  local before reached
  before=$(not_exported)
  reached=$(seen_inside "src host 192.0.2.101" yanfs remote1 list "nfs://cluster:v3uw/export/$1/sub")
  equal "the names" "$(sort "$STATE/said")" "$(names "$1")"
  equal "calls that the gateway answered, STALE" $(($(not_exported) - before)) 1
  equal "who was asked" "$(grep -o '^10\.77\.0\.[0-9]*' <<<"$reached" | sort -u)" "${ADDRESS[$1]}"
}
not_exported() {
  gateway_drops | awk '$1 == "not_exported" {count = $2} END {print count + 0}'
}
for node in alpha beta; do
  check "YANFS finds a directory of $node after its public handle is refused" public_handle "$node"
done

# Version 3's is empty, version 2's is zeros.
public_handles() {
  local reached
  reached=$(seen_inside "src host 192.0.2.101" both_stale)
  equal "who was asked" "$reached" ""
  equal "the failure" "$(cat "$STATE/said")" ""
}
both_stale() {
  nfs_refused remote1 "" 70
  nfs_refused remote1 "$(printf %064d 0)" 70
}
check "a public handle is stale for every procedure, and no node is asked" public_handles

libnfs_copies() {
  local begun=$SECONDS
  nfs_at_once remote1 "$1" 100MB
  echo "$((SECONDS - begun)) s"
}
for block in 8192 32768; do
  check "libnfs copies 100 MB to each of two nodes, and back, $block bytes a block" libnfs_copies "$block"
  sed 's/^/# /' "$STATE/out"
done

# versions PROGRAM: those that rpcinfo finds.
versions() {
  host_exec remote1 timeout 20 rpcinfo -u cluster "$1" | sed -n 's/.* version \([0-9]*\) ready and waiting/\1/p' | xargs
}
rpcinfo_finds() {
  equal "the versions of NFS" "$(versions 100003)" "2 3"
  equal "the versions of MOUNT" "$(versions 100005)" "1 2 3"
  equal "the versions of NFSACL" "$(versions 100227)" "2 3"
  not finds_nfs_4 2>"$STATE/rpcinfo"
  contains "$STATE/rpcinfo" "low version = 2, high version = 3"
}
finds_nfs_4() {
  host_exec remote1 timeout 20 rpcinfo -u cluster 100003 4
}
check "rpcinfo finds the versions of each program by asking the program" rpcinfo_finds

nobody_mounts() {
  equal "who has mounted" "$(host_exec remote1 timeout 20 showmount --no-headers cluster)" ""
  equal "what is mounted" "$(host_exec remote1 timeout 20 showmount -d --no-headers cluster)" ""
}
check "showmount hears of no mounts, as Ganesha tells none" nobody_mounts

# nmap's scripts are a client of their own.
nmap_asks() {
  host_exec remote1 timeout 60 nmap -n -Pn -sU -p 111 --script nfs-showmount,nfs-statfs,nfs-ls \
    --script-args 'rpc.protocol="udp",nfs.version=3,mount.version=3' 192.0.2.1 >"$STATE/nmap"
  local node
  for node in alpha beta; do
    equal "lines of nfs-showmount and nfs-statfs on $node" "$(grep -Ec "^\|_? +/export/$node " "$STATE/nmap")" 2
    equal "where nfs-ls finds the file of $node" \
      "$(awk -v file="of-$node" '/Volume/ {volume = $NF} $NF == file {print volume}' "$STATE/nmap")" "/export/$node"
  done
}
check "nmap lists both nodes' exports as those of one server" nmap_asks

check "no inside address was seen outside" no_inside_address
