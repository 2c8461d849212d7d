# Agents on the nodes, in place of scripts/node-setup; leases; and programs that use leased ports.
ENCLUSTER_AGENT=$BUILD_DIR/encluster-agent
ENCLUSTERCTL=$BUILD_DIR/enclusterctl

# agents_prepare: all hosts, the nodes not set up; the configuration serves agents, and their keys are
# made. enclusterd and the agents are not yet started.
agents_prepare() {
  testbed_open "$@"
  local program
  for program in "$ENCLUSTER_AGENT" "$ENCLUSTERCTL"; do
    [ -x "$program" ] || die "no program $program: build it first (ninja -C build)"
  done
  # shellcheck disable=SC2034  # node_up reads it
  node_setup=no
  machines_up
  mkdir -p "$STATE/bin" "$STATE/served"
  cc -O2 -Wall -Wextra -Werror -o "$STATE/bin/udp" "$LIB/../clients/udp.c"
  sed -i '/^interconnect:/a agents: {listen: 10.77.0.1:7077, token_file: agents.token}' \
    "$STATE/gateway.yaml"
  "$ENCLUSTERCTL" keys --config "$STATE/gateway.yaml" >"$STATE/gateway/log/keys"
}

# agents_up: starts the agent of every node, and waits until all have joined.
agents_up() {
  local node
  for node in "${NODES[@]}"; do
    agent_start "$node"
  done
}

# agent_spawn NODE [CONFIGURATION]: starts the node's agent and does not wait.
agent_spawn() {
  local node=$1 config=${2:-$STATE/agents/$1/agent.yaml}
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon "$node" agent sh -c 'echo $$ >"$1"; exec "$2" --config "$3"' sh \
    "$STATE/$node/agent.pid" "$ENCLUSTER_AGENT" "$config"
}

# agent_start NODE: starts the node's agent and waits until it has joined.
agent_start() {
  local before
  before=$(agent_events joined "$1")
  agent_spawn "$1"
  wait_until 10 agent_events_more joined "$1" "$before" ||
    die "the agent of $1 has not joined after 10 s: $(tail -1 "$STATE/$1/log/agent")"
}

# agent_stop NODE SIGNAL: ends the node's agent by the signal.
agent_stop() {
  local pid
  pid=$(cat "$STATE/$1/agent.pid")
  host_exec "$1" kill "-$2" "$pid"
  wait_until 10 process_gone "$1" "$pid" || die "the agent of $1 lives 10 s after SIG$2"
}

# process_gone HOST PID: whether there is none of this number in the host.
process_gone() {
  ! host_exec "$1" test -d "/proc/$2"
}

# agent_log WHAT [NODE]: enclusterd's lines event=agent_WHAT, or those of one node.
agent_log() {
  grep -E "event=agent_$1( |$)" "$GATEWAY_LOG" | grep -E -- "${2:+ node=$2( |$)}" || true
}

# agent_events WHAT [NODE]: how many there are.
agent_events() {
  agent_log "$@" | wc -l
}

# agent_events_more WHAT NODE COUNT: whether there are more than that.
agent_events_more() {
  [ "$(agent_events "$1" "$2")" -gt "$3" ]
}

# milliseconds: since some time in the past.
milliseconds() {
  date +%s%3N
}

# within MILLISECONDS WHAT COMMAND...: the command must succeed so soon.
within() {
  local limit=$1 what=$2 begun
  begun=$(milliseconds)
  shift 2
  until "$@"; do
    [ $(($(milliseconds) - begun)) -lt "$limit" ] || die "$what: not within $limit ms"
    sleep 0.02
  done
}

# lease_try NODE PORT: tries once to lease the UDP port for a moment. Prints what was said; its status
# is that of the lease.
lease_try() {
  host_exec "$1" timeout 20 "$ENCLUSTER_AGENT" lease udp "$2" -- true 2>&1
}

# lease_refused NODE PORT OWNER: the lease must fail with status 98 and name the owner.
lease_refused() {
  local said result=0
  said=$(lease_try "$1" "$2") || result=$?
  equal "the exit status of the lease of $1 ($said)" "$result" 98
  [[ $said == *"$3"* ]] || die "the message of $1 does not name $3: $said"
}

# lease_start NODE PORT: leases the UDP port for a server that tells the node's name, and waits until
# the server runs.
lease_start() {
  local before
  before=$(lease_runs "$1")
  lease_daemon "$1" "$2" once
  wait_until 10 lease_runs_more "$1" "$before" ||
    die "no server of $1 on port $2 after 10 s: $(tail -1 "$STATE/$1/log/lease")"
}

# lease_daemon NODE PORT once|again: the same without waiting; `again`: from now on, and whenever the
# lease was refused or lost, until lease_end.
lease_daemon() {
  rm -f "$STATE/$1"/lease.*
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon "$1" lease sh -c 'agent=$1 dir=$2 port=$3 times=$4 udp=$5 served=$6
    while [ ! -e "$dir/lease.end" ]; do
      "$agent" lease udp "$port" -- "$udp" serve "$port" "$served" &
      echo $! >"$dir/lease.pid"
      wait $!
      echo $? >"$dir/lease.exit"
      [ "$times" = again ] || break
      sleep 0.05
    done
    touch "$dir/lease.done"' sh "$ENCLUSTER_AGENT" "$STATE/$1" "$2" "$3" "$STATE/bin/udp" "$STATE/served"
}

# lease_signal NODE SIGNAL: sends it to the lease, not to its server.
lease_signal() {
  host_exec "$1" kill "-$2" "$(cat "$STATE/$1/lease.pid")"
}

# lease_end NODE: ends the node's lease and its attempts, if there are any.
lease_end() {
  touch "$STATE/$1/lease.end"
  [ ! -e "$STATE/$1/lease.pid" ] || wait_until 10 lease_ended "$1" ||
    die "the lease of $1 goes on 10 s after SIGTERM"
  server_gone "$1" || die "the server of $1 outlives its lease"
}

lease_ended() {
  [ -e "$STATE/$1/lease.done" ] || { lease_signal "$1" TERM 2>/dev/null; false; }
}

# server_signal NODE SIGNAL: sends it to the node's server behind the lease.
server_signal() {
  host_exec "$1" pkill "-$2" -f "^$STATE/bin/udp serve"
}

server_gone() {
  ! host_exec "$1" pgrep -f "^$STATE/bin/udp serve" >/dev/null
}

# lease_runs NODE: how many servers the node has started so far.
lease_runs() {
  find "$STATE/served" -name "$1.*" | wc -l
}

lease_runs_more() {
  [ "$(lease_runs "$1")" -gt "$2" ]
}

# never_both: no server of one node was alive while one of another was, as all of them recorded it.
never_both() {
  local record times overlap
  for record in "$STATE"/served/*; do
    read -r times <"$record" || continue # it is just being made
    record=${record##*/}
    echo "$times ${record%%.*}"
  done | sort >"$STATE/served.all"
  [ -s "$STATE/served.all" ] || die "no server has run"
  overlap=$(awk '$3 != node && NR > 1 && $1 <= end {
      printf "%s began %.1f ms before the end of the server of %s\n", $3, (end - $1) / 1e6, node
    }
    $2 > end {end = $2; node = $3}' "$STATE/served.all")
  [ -z "$overlap" ] || die "two nodes served at once: $(head -1 <<<"$overlap")"
}

# udp_ask HOST PORT: the answer of the cluster's port to a datagram of the host: "NODE question".
# Only an answer from the cluster's address and this port counts; none after 1 s is a failure.
udp_ask() {
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec "$1" timeout 1 bash -c \
    'exec 3<>"/dev/udp/192.0.2.1/$1"; printf question >&3; dd bs=1500 count=1 <&3 2>/dev/null' bash "$2" 2>/dev/null
}

# udp_answered_by PORT NODE: whether the remote's question to the port is answered by the node.
udp_answered_by() {
  [ "$(udp_ask remote1 "$1" || true)" = "$2 question" ]
}

# connects HOST ADDRESS PORT: whether a TCP connection comes up within 3 s.
connects() {
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec "$1" timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$2" "$3" 2>/dev/null
}
