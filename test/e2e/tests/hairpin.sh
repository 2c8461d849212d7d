#!/bin/bash
# A node uses the cluster's own address.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up
teller_up gateway 8080
teller_up beta 5432

for node in "${NODES[@]}"; do
  for protocol in "${LOGINS[@]}"; do
    check "$node logs in to the cluster by $protocol" served_by_a_node served_by "$node" "$protocol"
  done
  check "$node pings the cluster" pings "$node" 192.0.2.1
  check "$node pings the gateway on the interconnect" pings "$node" 10.77.0.1
done

# From the inside, the gateway's own services see the node itself.
gateway_answers() {
  local answer
  answer=$(ask "$1" cluster 8080)
  equal "the gateway's answer" "${answer% *}" "gateway $2"
}
check "alpha reaches a service of the gateway itself" gateway_answers alpha 10.77.0.11
check "gamma reaches a service of the gateway itself" gateway_answers gamma 10.77.0.13

beta_answers() {
  local answer
  answer=$(ask "$1" cluster 5432)
  equal "the answer" "${answer% *}" "beta 192.0.2.1"
}
check "alpha reaches a service of another node" beta_answers alpha
check "beta reaches its own service by the cluster's address" beta_answers beta
