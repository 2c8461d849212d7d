#!/bin/bash
# 10,000 connections held when the gateway is killed, and others half-way: each stays one node's.
# Runs alone: it bounds the time that a start takes.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
# shellcheck source=/dev/null
. "$LIB/sessions.sh"
agents_prepare
sessions_prepare
readonly PORT=7007
echo "  - {name: hold, port: $PORT/tcp, plugin: login, nodes: [alpha, beta, gamma, gateway]}" \
  >>"$STATE/gateway.yaml"
gateway_start
agents_up

readonly HOLDERS=(gateway "${NODES[@]}") CLIENTS=({remote1,remote2}/hold)
for host in "${HOLDERS[@]}"; do
  driver_start "$host/serve" "$STATE/bin/hold" serve "$PORT"
  wait_until 10 listening "$host" "$PORT" || die "$host does not listen on port $PORT"
done
for place in "${CLIENTS[@]}"; do
  driver_start "$place" "$STATE/bin/hold" open 192.0.2.1 "$PORT"
done

# Every SYN that was answered, by whom: on the interconnect, and outside, where the gateway's own answers
# are seen as well.
readonly ANSWERS=(tcp src port "$PORT" and "tcp[tcpflags] & (tcp-syn|tcp-ack) == (tcp-syn|tcp-ack)")
capture_start "$STATE/inside.pcap" gateway.int0 src net 10.77.0.0/24 and "${ANSWERS[@]}"
capture_start "$STATE/outside.pcap" gateway.ext0 -Q in "${ANSWERS[@]}"

# tell_clients LINE, clients_good MARK: all of them.
tell_clients() {
  local place
  for place in "${CLIENTS[@]}"; do
    driver_tell "$place" "$1"
  done
}
clients_good() {
  local place
  for place in "${CLIENTS[@]}"; do
    driver_all_good "$place" "$1" 70
  done
}
tried() {
  tell_clients "$1 try 5000"
  clients_good "$1"
}

# held STATE: how many sockets the hosts of the cluster have in this state.
held() {
  holders "$PORT" "$1" | wc -l
}
held_beyond() {
  [ "$(held "$2")" -gt "$1" ]
}

opened() {
  tell_clients "1 open 5000 1500"
  clients_good 1
  equal "the number of connections that the hosts of the cluster have" "$(held established)" 10000
}
check "10,000 connections are opened" opened
echo "# held by: $(holders "$PORT" established | cut -d' ' -f1 | sort | uniq -c | xargs)"

# killed MARK: kill, start, and every connection must carry something.
killed() {
  gateway_stop KILL
  gateway_recovers
  [ "$(recovery_value connections)" -ge 10000 ] ||
    die "of 10,000 connections it got $(recovery_value connections) back"
  tried "$1"
}
for number in 1 2 3; do
  check "all of them work after kill $number" killed $((number + 1))
  recovery_told
done
echo "# the aim: within 1000 ms, with nothing else on the machine"

# in_full_flow MARK: the gateway is killed while connections are opened, which goes on meanwhile.
in_full_flow() {
  local before
  before=$(held established)
  tell_clients "$1 open 1500 500"
  wait_until 10 held_beyond $((before + 500)) established || die "no connections are opened before the kill"
  gateway_stop KILL
  gateway_recovers
  clients_good "$1"
}
for number in 1 2; do
  check "connections opened during kill $((number + 3)) come up" in_full_flow $((number + 10))
  recovery_told
done

# mute, unmute: answers to SYNs get lost on the cable from the gateway to the outside.
mute() {
  host_exec switch nft "add table netdev mute;
    add chain netdev mute in { type filter hook ingress device gateway.ext0 priority 0; };
    add rule netdev mute in tcp sport $PORT tcp flags & (syn | ack) == syn | ack drop"
}
unmute() {
  host_exec switch nft delete table netdev mute
}

# half_way MARK: the gateway is killed when the nodes have got SYNs, and no client has got an answer.
half_way() {
  mute
  tell_clients "$1 open 500 500"
  wait_until 10 held_beyond 400 syn-recv || die "no SYNs arrive at the nodes"
  gateway_stop KILL
  held syn-recv >"$STATE/half-way"
  unmute
  gateway_recovers
  clients_good "$1"
}
check "connections half-way at the kill come up" half_way 21
echo "# $(cat "$STATE/half-way") were half-way; $(recovery_told | cut -c3-)"
check "all connections ever opened work" tried 31

# one_holder: whatever a remote's port is connected to, is one socket.
one_holder() {
  local twice remote
  holders "$PORT" connected >"$STATE/holders"
  twice=$(cut -d' ' -f2 "$STATE/holders" | sort | uniq -d | head -1)
  [ -z "$twice" ] || die "several have the connection of $twice: $(grep -F " $twice" "$STATE/holders" | xargs)"
  for remote in remote1 remote2; do
    host_exec "$remote" ss -Htn state established "dport = :$PORT" | awk '{print $(NF - 1)}'
  done | sort >"$STATE/connected"
  cut -d' ' -f2 "$STATE/holders" | sort | diff - "$STATE/connected" >"$STATE/differences" ||
    die "the remotes' connections are not those of the cluster: $(tail -1 "$STATE/differences")"
}
check "each connection is held by one node" one_holder

# answered_twice FILE FIELD: a remote's SYN, known by what its answer acknowledges, for which the answers
# differ in this field of tcpdump's line.
answered_twice() {
  tcpdump -n -S -r "$1" 2>/dev/null | awk -v field="$2" '{
    syn = $5 " " $11
    if (syn in answer && answer[syn] != $field) print syn, answer[syn], $field
    answer[syn] = $field
  }'
}
one_answerer() {
  local file twice
  for file in inside outside; do
    capture_stop "$STATE/$file.pcap"
    [ "$(frames "$STATE/$file.pcap" | wc -l)" -gt 10000 ] || die "too little was captured: $(tail -1 "$STATE/$file.pcap.log")"
  done
  # By the address of the node; and by the sequence number, which another host chooses otherwise.
  twice=$(answered_twice "$STATE/inside.pcap" 3 | head -1)
  [ -z "$twice" ] || die "two nodes answered: $twice"
  twice=$(answered_twice "$STATE/outside.pcap" 9 | head -1)
  [ -z "$twice" ] || die "a remote got two answers: $twice"
}
check "no SYN was answered by two nodes" one_answerer
