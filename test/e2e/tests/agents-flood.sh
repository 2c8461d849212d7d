#!/bin/bash
# What a hostile node does to the agents' port harms neither the other nodes nor the traffic.
# Runs alone: not one packet beside the flood may be lost.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by themselves: followed, they take shellcheck minutes
. "$LIB/agents.sh"
# shellcheck source=/dev/null
. "$LIB/traffic.sh"
agents_prepare
gateway_start
agents_up
lease_start beta 700

idle_connections() {
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon alpha idle sh -c 'ulimit -n 4096; echo $$ >"$1"; exec "$2" idle 10.77.0.1 7077 1000' sh \
    "$STATE/alpha/idle.pid" "$STATE/bin/udp"
  wait_until 15 test -s "$STATE/alpha/log/idle" || die "no 1000 connections were attempted"
  others_served
  sleep 10
  others_served
  host_exec alpha kill -TERM "$(cat "$STATE/alpha/idle.pid")"
}

# others_served: the other nodes' agents are served at once.
others_served() {
  within 2000 "beta leases and returns a port" lease_try beta 710 >/dev/null
  within 2000 "gamma leases and returns a port" lease_try gamma 711 >/dev/null
}

# slow_sender: the beginning of a TLS greeting, byte by byte, from ten connections at once.
slow_sender() {
  local sender
  for sender in 1 2 3 4 5 6 7 8 9 10; do
    # shellcheck disable=SC2016  # the inner shell expands
    host_daemon alpha "slow.$sender" timeout 15 bash -c 'exec 3<>/dev/tcp/10.77.0.1/7077
      printf "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" >&3
      while printf x >&3; do sleep 0.1; done'
  done
  sleep 5
  others_served
  sleep 11
}

# garbage PLACE BYTES: noise to the port, `raw` or inside of TLS; how much of it the gateway takes is
# its affair.
garbage() {
  # shellcheck disable=SC2016  # the inner shells expand
  case $1 in
    raw) host_exec alpha timeout 60 bash -c 'head -c "$1" /dev/urandom >/dev/tcp/10.77.0.1/7077' bash "$2" ;;
    tls) host_exec alpha timeout 60 bash -c 'head -c "$1" /dev/urandom |
           openssl s_client -quiet -tls1_3 -connect 10.77.0.1:7077' bash "$2" ;;
  esac >/dev/null 2>&1 || true
}

garbage_by_the_pound() {
  local place
  for place in raw tls; do
    garbage "$place" 100000000
    for _ in $(seq 50); do
      garbage "$place" 1000000
    done
    others_served
  done
}

# comings_and_goings: how often the agents of beta and gamma have joined and left.
comings_and_goings() {
  local node
  for node in beta gamma; do
    echo "$node $(agent_events joined "$node") $(agent_events left "$node")"
  done
}

no_other_left() {
  equal "how often agents have joined and left" "$(comings_and_goings | xargs)" "$(xargs <"$STATE/comings")"
}

# An agent that the gateway calls in the middle of its first join joins twice.
others_served
comings_and_goings >"$STATE/comings"
gateway_memory >"$STATE/memory.before"
traffic_start 700
check "1000 idle connections of a node don't keep the other nodes from being served" idle_connections
check "slow senders don't keep the other nodes from being served" slow_sender
check "hundreds of megabytes of garbage don't keep the other nodes from being served" garbage_by_the_pound
check "no agent of another node was lost" no_other_left
check "no packet of a thousand a second each way was lost meanwhile" nothing_lost
traffic_told
check "the gateway has not grown" flat_memory 4096
echo "# the gateway's memory: $(cat "$STATE/memory.before") kB before, $(cat "$STATE/memory.after") kB after"

recovers() {
  wait_until 30 agent_recovers || die "alpha's agent is not served after its node's attacks"
}
agent_recovers() {
  lease_try alpha 712 >/dev/null
}
check "the attacker's own agent is served again" recovers
