#!/bin/bash
# rsh's two connections: half-closed for long, and the second one opened from the other side.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up

# second_port NODE: the port on which the node's rsh got its second connection.
second_port() {
  host_exec "$1" ss -Htn 'sport < 1024' | awk '$5 !~ /:514$/ {print $4}' | grep -o '[0-9]*$'
}

# Both clients choose the highest free privileged ports: as long as neither node has used any, both
# announce the same one to remote1. So this comes first.
two_nodes_at_once() {
  local node
  for node in alpha beta; do
    host_guest "$node" timeout 30 netkit-rsh -n remote1 "echo $node; echo $node >&2; sleep 4" \
      >"$STATE/$node.out" 2>"$STATE/$node.err" &
  done
  for node in alpha beta; do
    wait_until 5 second_port "$node" || die "$node has no second connection"
  done
  equal "beta's second port" "$(second_port beta)" "$(second_port alpha)"
  wait
  for node in alpha beta; do
    equal "standard output of $node" "$(cat "$STATE/$node.out")" "$node"
    equal "standard error of $node" "$(cat "$STATE/$node.err")" "$node"
  done
}
check "two nodes announce the same port to the same remote at once" two_nodes_at_once

half_closed() {
  local said
  said=$(host_guest remote1 timeout 30 netkit-rsh cluster 'cat; sleep 5; echo late' </dev/null)
  equal "the answer after the half-close" "$said" late
}
check "rsh with its writing side closed still gets a late answer" half_closed

for target in "${NODES[@]}" gateway; do
  check "rsh from outside carries standard error, time $target" both_streams remote1 cluster
done

node_to_remote() {
  local host
  host=$(both_streams "$1" remote1)
  equal "the host that ran the command" "$host" remote1
}
for node in "${NODES[@]}"; do
  check "rsh from $node to a remote carries standard error" node_to_remote "$node"
  check "rsh from $node to the cluster carries standard error" \
    served_by_a_node both_streams "$node" cluster
done
