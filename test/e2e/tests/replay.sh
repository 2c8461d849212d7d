#!/bin/bash
# A replay of what was captured on both cables of the gateway decides as the gateway did.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up

# From before the gateway starts, so that the replay sees every connection from its first segment;
# without IPv6, which the host's kernel may still speak by then.
capture_start "$STATE/ext0.pcap" gateway.ext0 not ip6
capture_start "$STATE/int0.pcap" gateway.int0 not ip6
gateway_start
teller_up gateway 8080
teller_up beta 5432
teller_up remote1 7000

sessions() {
  local round
  for round in 1 2 3 4; do
    served_by "remote$((1 + round % 2))" "$1"
  done
}
for protocol in "${LOGINS[@]}"; do
  check "four logins by $protocol" sessions "$protocol"
done
check "rsh with both streams" both_streams remote1 cluster

outbound() {
  ask "$1" remote1 7000
  pings "$1" 192.0.2.102
}
for node in "${NODES[@]}" gateway; do
  check "$node goes outside" outbound "$node"
done

inbound() {
  ask remote1 cluster 8080
  ask remote2 cluster 5432
  pings remote1 192.0.2.1
  not ask remote1 cluster 999
}
check "remotes reach the gateway and a node's service" inbound

within() {
  served_by alpha rlogin
  both_streams beta cluster
  pings gamma 192.0.2.1
  ask alpha cluster 5432
  ask alpha cluster 8080
}
check "nodes use the cluster" within

capture_stop "$STATE/ext0.pcap"
capture_stop "$STATE/int0.pcap"

# replay ARGUMENT...: as a user without privileges, on a host that has nothing to do with it.
cp "$BUILD_DIR/encluster-replay" "$STATE/bin/"
replay() {
  host_guest remote1 "$STATE/bin/encluster-replay" \
    --config "$STATE/gateway.yaml" --in "$STATE/ext0.pcap" --interface ext0 \
    --in "$STATE/int0.pcap" --interface int0 "$@"
}

same_destinations() {
  replay --compare --quiet >"$STATE/compared" || die "$(head -1 "$STATE/compared")"
  grep -q '^compared: [1-9][0-9]* agree, 0 differ, ' "$STATE/compared" || die "$(cat "$STATE/compared")"
}
check "the replay sends every packet where the gateway sent it" same_destinations

# A cluster of two nodes would have sent the third one's sessions elsewhere.
other_destinations() {
  sed '/name: gamma/d; s/gamma, //; s/, gamma//' "$STATE/gateway.yaml" >"$STATE/two.yaml"
  not replay --config "$STATE/two.yaml" --compare --quiet >"$STATE/compared"
  contains "$STATE/compared" "difference: "
}
check "a comparison with another configuration finds differences" other_destinations

readable_output() {
  install -d -o 5001 -g 5001 "$STATE/replayed"
  replay --out "$STATE/replayed/out.pcapng" --drops >"$STATE/replayed/verdicts"
  equal "the packets written" "$(frames "$STATE/replayed/out.pcapng" | grep -c .)" \
    "$(grep -cE '^[0-9]+ [0-9.]+ [^ ]+ (forward|answer|copy|drop) ' "$STATE/replayed/verdicts")"
}
check "tcpdump reads the packets that the replay lets leave" readable_output
