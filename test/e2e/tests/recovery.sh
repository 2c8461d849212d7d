#!/bin/bash
# kill -9 of the gateway, again and again, costs no session: the nodes' agents give it back what it had.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
# shellcheck source=/dev/null
. "$LIB/sessions.sh"
agents_prepare
sessions_prepare
# What is idle is idle for longer than this, more than once.
readonly ASK_IDLE_AFTER=30
echo "connections: {ask_idle_after: $ASK_IDLE_AFTER}" >>"$STATE/gateway.yaml"
gateway_start
agents_up

# What stays open: from outside, and rsh with its second connection; nodes to a remote, where all of them
# take the same privileged ports, and to the cluster itself; the gateway to a remote.
readonly IDLE=remote1/idle
readonly ASKED=({remote1,remote2,alpha,beta,gamma,gateway}/sessions)

from_outside() {
  times 45 "netkit-rlogin cluster"
  times 30 "netkit-rsh cluster bash"
  times 30 "ssh cluster bash"
  times 15 "telnet cluster"
}

from_a_node() {
  times 14 "netkit-rsh remote1 bash"
  times 2 "netkit-rlogin cluster"
  times 1 "ssh cluster bash"
}

sessions_open() {
  local place
  printf '%s\n' "netkit-rlogin cluster" "netkit-rsh cluster bash" "ssh cluster bash" | sessions_start "$IDLE" 1
  driver_all_good "$IDLE" 0 60
  host_exec remote1 ss -Htn state established | awk '{print $3}' | grep -o '[0-9]*$' | sort >"$STATE/idle.ports"
  for place in {remote1,remote2}/sessions; do
    from_outside | sessions_start "$place" 3
  done
  for place in {alpha,beta,gamma}/sessions; do
    from_a_node | sessions_start "$place" 2
  done
  for place in {alpha,beta,gamma}/sessions; do
    driver_all_good "$place" 0 250
  done
  # Now that the nodes have claimed the ports that the gateway takes first.
  times 6 "netkit-rsh remote1 bash" | sessions_start gateway/sessions 2
  for place in "$IDLE" "${ASKED[@]}"; do
    driver_all_good "$place" 0 250
  done
  equal "the number of sessions" "$(at | wc -l)" 300
}
# at: the hosts where the sessions' shells run.
at() {
  local place
  for place in "$IDLE" "${ASKED[@]}"; do
    sed -n 's/^at \([^ ]*\) .*/\1/p' "$(driver_log "$place")"
  done
}
check "300 sessions are opened, from outside, by nodes and by the gateway" sessions_open
echo "# they run on: $(at | sort | uniq -c | xargs)"

# idle_asked: the gateway asks for every connection of the idle sessions whether it lives, and its node's
# answer comes through to the remote, where nothing else happens.
idle_asked() {
  local ports
  ports=$(sed 's/^/dst port /' "$STATE/idle.ports" | paste -sd'|' | sed 's/|/ or /g')
  capture_start "$STATE/idle.pcap" remote1.eth0 "src host 192.0.2.1 and tcp[tcpflags] == tcp-ack and ($ports)"
  wait_until $((ASK_IDLE_AFTER + 30)) all_idle_answered || die "asked were only the ports $(answered_ports | xargs)"
  capture_stop "$STATE/idle.pcap"
}
answered_ports() {
  frames "$STATE/idle.pcap" | sed -n 's/.* > 192\.0\.2\.101\.\([0-9]*\): Flags \[\.\],.* length 0$/\1/p' | sort -u
}
all_idle_answered() {
  [ "$(answered_ports)" = "$(cat "$STATE/idle.ports")" ]
}
check "nodes are asked for what is idle" idle_asked

# same_ports: local ports of the cluster's hosts from which several of them have an rsh to remote1: all
# but one of each are known to remote1 by another.
same_ports() {
  local host
  for host in gateway "${NODES[@]}"; do
    host_exec "$host" ss -Htn state established "dst 192.0.2.101 and dport = :514" | awk '{print $(NF - 1)}'
  done | grep -o '[0-9]*$' | sort | uniq -d
}
some_on_gateway() {
  at | grep -x gateway >/dev/null || die "no session runs on the gateway"
}
some_renumbered() {
  same_ports | grep . >/dev/null || die "no two hosts of the cluster use the same port to remote1"
}
check "some of them run on the gateway" some_on_gateway
check "some of them have a renumbered port" some_renumbered

# stream_start: 10 MB/s out of the cluster, until $STATE/stream.stop is there; the digest of what was
# sent follows over standard error.
stream_start() {
  # shellcheck disable=SC2016  # the node expands
  local produce='while [ ! -e "$stop" ]; do head -c 1000000 /dev/urandom; sleep 0.09; done | tee >(sha256sum >&2)'
  stream_begun=$SECONDS
  host_guest remote1 netkit-rsh -n cluster "stop=$STATE/stream.stop; $produce" 2>"$STATE/stream.sent" |
    sha256sum >"$STATE/stream.received" &
  stream_pid=$!
  wait_until 10 stream_beyond 1000000 || die "the stream does not begin: $(tail -1 "$STATE/stream.sent")"
}
# stream_bytes: how many have arrived.
stream_bytes() {
  awk '/^rchar/ {print $2}' "/proc/$stream_pid/io"
}
stream_beyond() {
  [ "$(stream_bytes)" -gt "$1" ]
}
stream_start

# round NUMBER: a tenth of the sessions, another one each time, is asked while there is no gateway.
round() {
  local bytes place
  gateway_stop KILL
  bytes=$(stream_bytes)
  for place in "${ASKED[@]}"; do
    driver_tell "$place" "$1 10"
  done
  gateway_recovers
  for place in "${ASKED[@]}"; do
    driver_all_good "$place" "$1" 70
  done
  wait_until 30 stream_beyond $((bytes + 1000000)) || die "the stream does not go on"
}
for number in {1..10}; do
  check "sessions and stream go on after kill $number" round "$number"
  recovery_told
  [ "$failures" -eq 0 ] || break # the rest would only take minutes
done

# all_answer MARK PLACE...
all_answer() {
  local mark=$1 place
  shift
  for place in "$@"; do
    driver_tell "$place" "$mark 1"
  done
  for place in "$@"; do
    driver_all_good "$place" "$mark" 70
  done
}
check "after ten kills all sessions answer, from the shells they began with" all_answer 11 "${ASKED[@]}"
check "nodes are asked for what is idle, and was given back" idle_asked
check "what was idle all the time answers" all_answer 11 "$IDLE"

stream_whole() {
  touch "$STATE/stream.stop"
  wait_until 60 test -s "$STATE/stream.received" || die "the stream does not end"
  equal "the digest of what was received" "$(cat "$STATE/stream.received")" "$(cat "$STATE/stream.sent")"
}
stream_last=$(stream_bytes || echo 0)
check "the stream has arrived whole" stream_whole
echo "# $((stream_last / 1000000)) MB in $((SECONDS - stream_begun)) s"

logins_anew() {
  local protocol
  for protocol in "${LOGINS[@]}"; do
    served_by remote2 "$protocol"
  done
}
check "new sessions are opened as ever" logins_anew
