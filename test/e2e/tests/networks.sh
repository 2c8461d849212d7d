#!/bin/bash
# Two external networks: each knows the cluster by an address of its own, and sees no other.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up
laboratory_up
gateway_start
teller_up remote1 7000
teller_up remote3 7000
teller_up beta 5432
teller_up gateway 8080
capture_start "$STATE/campus.pcap" gateway.ext0 -Q in
capture_start "$STATE/laboratory.pcap" gateway.ext1 -Q in

for protocol in "${LOGINS[@]}"; do
  check "a remote of the campus logs in by $protocol" served_by remote1 "$protocol" cluster
  check "a remote of the laboratory logs in by $protocol" served_by remote3 "$protocol" lab-cluster
done

# says HOST SERVER PORT ANSWER: what the teller there says to the host, without the port.
says() {
  local answer
  answer=$(ask "$1" "$2" "$3")
  equal "the answer" "${answer% *}" "$4"
}
for node in "${NODES[@]}" gateway; do
  check "$node is the campus's cluster on the campus" says "$node" remote1 7000 "remote1 192.0.2.1"
  check "$node is the laboratory's cluster there" says "$node" remote3 7000 "remote3 203.0.113.1"
done
check "the laboratory reaches a service of one node" says remote3 lab-cluster 5432 "beta 203.0.113.103"
check "the laboratory reaches the gateway's own service" \
  says remote3 lab-cluster 8080 "gateway 203.0.113.103"
check "the campus pings the cluster" pings remote1 192.0.2.1
check "the laboratory pings the cluster" pings remote3 203.0.113.1
check "a node pings the laboratory" pings alpha 203.0.113.103
check "a node pings the cluster by both addresses" eval "pings beta 192.0.2.1 && pings beta 203.0.113.1"
check "a node logs in by the campus's address" served_by_a_node served_by alpha rsh cluster
check "a node logs in by the laboratory's address" served_by_a_node served_by gamma ssh lab-cluster

# in_vain REASON HOST ADDRESS ROUTER: nothing of the cluster answers, and the drops are named.
in_vain() {
  local reason=$1 host=$2 address=$3 router=$4
  host_exec "$host" ip route replace "$address" via "$router"
  not pings "$host" "$address"
  not host_exec "$host" socat -u "TCP4:$address:5432,connect-timeout=1" - 2>/dev/null
  host_exec "$host" ip route del "$address" via "$router"
  gateway_drops | grep "^$reason " >/dev/null || die "no drop '$reason'"
}
check "the laboratory's address does not answer the campus by the campus" \
  in_vain not_cluster_address remote1 203.0.113.1 192.0.2.1
check "nor by the router between the networks" in_vain other_network remote1 203.0.113.1 192.0.2.254
check "the campus's address does not answer the laboratory by the laboratory" \
  in_vain not_cluster_address remote3 192.0.2.1 203.0.113.1
check "nor by the router between the networks, the other way" \
  in_vain other_network remote3 192.0.2.1 203.0.113.254

# alone FILE ADDRESS: whatever the gateway sent had this source.
alone() {
  capture_stop "$STATE/$1.pcap"
  [ "$(frames "$STATE/$1.pcap" | wc -l)" -gt 50 ] || die "little was captured"
  equal "frames from elsewhere" "$(tcpdump -n -r "$STATE/$1.pcap" "not src host $2" 2>/dev/null | head -1)" ""
}
check "the campus saw the campus's cluster address alone" alone campus 192.0.2.1
check "the laboratory saw the laboratory's cluster address alone" alone laboratory 203.0.113.1
