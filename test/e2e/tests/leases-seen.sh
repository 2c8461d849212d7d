#!/bin/bash
# Ports that programs bind without asking: the agent leases them, and one node's program gets the packets.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
agents_prepare
for node in "${NODES[@]}"; do
  echo 'lease_seen: {tcp: [8443]}' >>"$STATE/agents/$node/agent.yaml"
done
gateway_start
agents_up

# serve NODE [PORT]: a program that knows nothing of leases answers at the UDP port.
serve() {
  local port=${2:-700}
  host_daemon "$1" served "$STATE/bin/udp" serve "$port" "$STATE/served"
  wait_until 10 listening_udp "$1" "$port" || die "no server of $1 on port $port after 10 s"
}

# gateway_told PATTERN [COUNT]: the gateway's log has exactly so many such lines.
gateway_told() {
  [ "$(grep -cE "$1" "$GATEWAY_LOG" || true)" -eq "${2:-1}" ]
}

# agent_told NODE PATTERN [COUNT]: the same for the agent's log of the node.
agent_told() {
  [ "$(grep -cE "$2" "$STATE/$1/log/agent" || true)" -eq "${3:-1}" ]
}

# conflicts_are COUNT: what the gateway's status says.
conflicts_are() {
  local before
  before=$(grep -c 'event=agents' "$GATEWAY_LOG" || true)
  gateway_ask
  wait_until 5 more_lines_than "$before" 'event=agents' "$GATEWAY_LOG" || die "no event=agents within 5 s"
  equal "the number of conflicts" \
    "$(grep 'event=agents' "$GATEWAY_LOG" | tail -1 | grep -o 'port_conflicts=[0-9]*')" "port_conflicts=$1"
}

no_conflict_lasts() {
  (conflicts_are 0)
}

# always_by NODE: twenty questions to cluster:700 are answered by the node.
always_by() {
  local i
  for i in $(seq 20); do
    udp_answered_by 700 "$1" || die "question $i to cluster:700 is not answered by $1"
  done
}

reached() {
  not udp_ask remote1 700
  serve alpha
  within 2000 "alpha's server is reached" udp_answered_by 700 alpha
  gateway_told 'event=lease_granted node=alpha port=700/udp' || die "the gateway told of no lease"
}
check "a port that a program binds is reached under the cluster's address" reached
check "a port beside it is not" not udp_ask remote2 701

conflict() {
  serve beta
  wait_until 5 gateway_told 'level=warning event=port_conflict port=700/udp node=beta owner=alpha' ||
    die "the gateway tells of no conflict"
  wait_until 5 agent_told beta 'level=warning event=port_conflict port=700/udp holder=alpha reason=taken' ||
    die "beta's agent tells of no conflict"
  agent_told beta 'event=port_conflict .* pid=[0-9]+ command=udp' || die "beta's agent does not name the program"
  always_by alpha
  conflicts_are 1
}
check "the same port on another node is a conflict, told on both sides, and gets no packets" conflict

told_once() {
  sleep 4
  gateway_told 'event=port_conflict ' || die "the gateway tells of the conflict again"
  agent_told beta 'event=port_conflict ' || die "beta's agent tells of the conflict again"
  conflicts_are 1
}
check "a conflict that lasts is told once" told_once
check "a node that asks by the command is refused, too" lease_refused gamma 700 alpha

moves() {
  server_signal alpha KILL
  within 2000 "beta's server is reached after the end of alpha's" udp_answered_by 700 beta
  gateway_told 'event=port_conflict_over port=700/udp node=beta reason=leased' ||
    die "the gateway does not tell that the conflict is over"
  agent_told beta 'event=port_conflict_over port=700/udp holder=alpha reason=leased' ||
    die "beta's agent does not tell that the conflict is over"
  # gamma's command was refused, and does not ask any more.
  always_by beta
}
check "when the holder's program is killed the loser's gets the packets within 2 s" moves

# From now on alpha is the loser.
killed_agent() {
  local sent answered
  serve alpha
  wait_until 5 agent_told alpha 'event=port_conflict port=700/udp holder=beta' ||
    die "alpha's agent tells of no conflict"
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon remote1 asked sh -c 'echo $$ >"$1"; exec "$2" ask 192.0.2.1 700' sh \
    "$STATE/remote1/ask.pid" "$STATE/bin/udp"
  sleep 1
  agent_stop beta KILL
  sleep 3
  always_by beta
  agent_start beta
  sleep 2
  host_exec remote1 kill -INT "$(cat "$STATE/remote1/ask.pid")"
  wait_until 10 grep -q . "$STATE/remote1/log/asked" || die "the asking program printed nothing"
  read -r sent answered <"$STATE/remote1/log/asked"
  [ "$sent" -gt 3000 ] || die "only $sent questions were sent"
  equal "the number of answers to $sent questions" "$answered" "$sent"
  always_by beta
  agent_told alpha 'event=port_conflict port=700/udp holder=beta' || die "alpha's agent got the port meanwhile"
}
check "a killed agent costs no packet, and its leases are whole when it is back" killed_agent
[ ! -s "$STATE/remote1/log/asked" ] || echo "# questions and answers meanwhile: $(cat "$STATE/remote1/log/asked")"

outlives_fence() {
  for _ in $(seq 18); do
    sleep 1
    udp_answered_by 700 beta || die "no answer from beta some time after its agent was killed"
  done
}
check "they are renewed by the new agent" outlives_fence

killed_gateway() {
  gateway_stop KILL
  gateway_start
  within 3000 "beta's server is reached after the gateway's restart" udp_answered_by 700 beta
  sleep 3
  always_by beta
}
check "after kill -9 of the gateway the lease is back where it was" killed_gateway

all_killed() {
  gateway_stop KILL
  agent_stop alpha KILL
  agent_stop beta KILL
  agent_spawn alpha
  sleep 1
  agent_spawn beta
  gateway_start
  within 5000 "beta's server is reached after all of it" udp_answered_by 700 beta
  sleep 3
  always_by beta
}
check "and after that of gateway and both agents, whoever is back first" all_killed

closed_meanwhile() {
  agent_stop beta KILL
  server_signal beta KILL
  agent_start beta
  within 2000 "alpha's server is reached" udp_answered_by 700 alpha
}
check "a port that was closed while no agent ran is given back when one is back" closed_meanwhile

# no node but alpha wants the port any more
check "no conflict lasts" wait_until 40 no_conflict_lasts

# cut off from the gateway, alpha's program runs on and nobody ends it
cut_off() {
  local before
  serve beta
  wait_until 5 agent_told beta 'event=port_conflict port=700/udp holder=alpha' 2 || die "beta is in no conflict"
  before=$(agent_events joined alpha)
  host_exec switch ip link set alpha.eth0 down
  within 40000 "beta's server is reached when alpha's lease must be over" udp_answered_by 700 beta
  wait_until 5 agent_told alpha 'event=leases_over ports=1' || die "alpha's agent still claims its lease"
  host_exec switch ip link set alpha.eth0 up
  wait_until 20 agent_events_more joined alpha "$before" || die "alpha's agent has not joined again"
  always_by beta
  wait_until 5 conflicts_again || die "alpha's agent is in no conflict"
  always_by beta
  server_signal alpha KILL
  wait_until 5 no_conflict_lasts
}
conflicts_again() {
  (conflicts_are 1)
}
check "a node that was cut off does not get its port back from the one that has it by then" cut_off

dual_stack() {
  host_daemon gamma dual socat "UDP6-RECVFROM:702,ipv6only=0,fork" "SYSTEM:cat"
  wait_until 10 listening_udp gamma 702 || die "socat does not listen on UDP port 702"
  within 2000 "gamma's IPv6 program is reached by IPv4" udp_echoed 702
}
udp_echoed() {
  [ "$(udp_ask remote1 "$1" || true)" = question ]
}
check "a program of IPv6 that takes IPv4 as well is reached" dual_stack

inside_only() {
  host_daemon gamma inside socat "UDP4-RECVFROM:703,bind=10.77.0.13,fork" "SYSTEM:cat"
  wait_until 10 listening_udp gamma 703 || die "socat does not listen on UDP port 703"
  sleep 1
  gateway_told 'event=lease_granted .*port=703/udp' 0 || die "a port of the interconnect is leased"
}
check "a program at the node's inside address alone is no concern of the cluster" inside_only

tcp_listener() {
  not connects remote1 192.0.2.1 8443
  host_daemon gamma listener socat TCP-LISTEN:8443,reuseaddr,fork SYSTEM:cat
  within 2000 "gamma's listener is reached" connects remote1 192.0.2.1 8443
  host_daemon beta listener socat TCP-LISTEN:8443,reuseaddr,fork SYSTEM:cat
  wait_until 5 agent_told beta 'event=port_conflict port=8443/tcp holder=gamma' ||
    die "beta's agent tells of no conflict"
  host_exec gamma pkill -KILL -f 'socat TCP-LISTEN:8443'
  within 2000 "beta's listener is reached" gateway_told 'event=lease_granted node=beta port=8443/tcp'
  connects remote1 192.0.2.1 8443
}
check "TCP listeners that the configuration names are leased as well" tcp_listener

# 274 ports are more than an agent asks for in a second. Besides, 700, 702 and 8443 are leased.
many_conflicts() {
  local before
  host_daemon alpha many "$STATE/bin/udp" bind 750 1023
  wait_until 10 leases_are 277 || die "alpha has not leased all: $(grep event=agents "$GATEWAY_LOG" | tail -1)"
  before=$(gateway_memory)
  host_daemon beta many "$STATE/bin/udp" bind 750 1023
  wait_until 10 hundreds_conflict || die "not all are in conflict: $(grep event=agents "$GATEWAY_LOG" | tail -1)"
  sleep 10
  conflicts_are 274
  [ $(($(gateway_memory) - before)) -lt 2048 ] || die "the gateway's memory has grown from $before to $(gateway_memory) KB"
  serve beta 710
  within 2000 "a new port of beta's is reached meanwhile" udp_answered_by 710 beta
  host_exec alpha pkill -KILL -f "^$STATE/bin/udp bind"
  wait_until 5 no_conflict_lasts || die "conflicts last 5 s after the holder's end"
  leases_are 278 || die "beta has not leased all: $(grep event=agents "$GATEWAY_LOG" | tail -1)"
}
hundreds_conflict() {
  (conflicts_are 274)
}
leases_are() {
  gateway_ask
  sleep 0.1
  [ "$(grep 'event=agents' "$GATEWAY_LOG" | tail -1 | grep -o ' leases=[0-9]*')" = " leases=$1" ]
}
check "hundreds of conflicts are settled like one, and delay no other" many_conflicts
