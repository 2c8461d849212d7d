#!/bin/bash
# A node dies, or only its agent: who is told, who gets new logins, and who notices nothing.
# Runs alone: it bounds the time until a death is noticed.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
agents_prepare
sed -i '/^services:/a\  - {name: ticker, port: 7000/tcp, plugin: login}' "$STATE/gateway.yaml"
# shellcheck disable=SC2016  # expanded for each connection
TICKS='hostname; while sleep 0.2; do echo tick; done'
for host in "${NODES[@]}"; do
  host_daemon "$host" ticker socat TCP4-LISTEN:7000,reuseaddr,fork,backlog=64 "SYSTEM:$TICKS"
  wait_until 10 listening "$host" 7000 || die "the ticker of $host does not listen"
done
gateway_start
agents_up

# now: milliseconds, without starting a program.
now() {
  echo $((${EPOCHREALTIME/./} / 1000))
}

# The log again, each line after the time at which it came.
tail --pid=$$ -n +1 -f "$GATEWAY_LOG" | while IFS= read -r line; do
  echo "$(now) $line"
done >"$STATE/stamped" &

# session NUMBER PROTOCOL: a session of remote1, whose node tells its name, and then ticks. The remote
# only listens, until it hears that it is over.
session() {
  local dir=$STATE/sessions/$1
  mkdir -p "$dir"
  echo "$2" >"$dir/protocol"
  case $2 in
    ticker) host_exec remote1 socat -d -d -u TCP4:cluster:7000 - ;;
    ssh) host_guest remote1 ssh -n cluster "$TICKS" ;;
    rsh) host_guest remote1 netkit-rsh -n cluster "$TICKS" ;;
  esac >"$dir/out" 2>"$dir/err" || true
  now >"$dir/ended.new"
  mv "$dir/ended.new" "$dir/ended"
}

# sessions_of NODE: their numbers.
sessions_of() {
  local dir
  for dir in "$STATE"/sessions/*; do
    [ "$(head -1 "$dir/out")" != "$1" ] || basename "$dir"
  done
}

# They are jobs of this shell, so not for check. Each in turn: every node has two of each protocol.
number=0
for protocol in ticker ssh rsh; do
  for _ in 1 2 3 4 5 6 7 8; do
    number=$((number + 1))
    session "$number" "$protocol" &
    wait_until 20 test -s "$STATE/sessions/$number/out" ||
      die "session $number does not come up: $(tail -1 "$STATE/sessions/$number/err")"
  done
done

# from_now: what was logged before is forgotten.
from_now() {
  now >"$STATE/since"
}
from_now

# logged EVENT NODE: enclusterd's lines about the node, each after its time.
logged() {
  grep -E "event=$1( |$)" "$STATE/stamped" | grep -E " node=$2( |$)" |
    awk -v since="$(cat "$STATE/since")" '$1 >= since' | grep .
}

# kill_node NODE: its cable, its interface and all that runs on it are gone at once; no word of it.
kill_node() {
  from_now
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec switch bash -c 'echo $((${EPOCHREALTIME/./} / 1000)); exec ip link set "$1.eth0" down' \
    bash "$1" >"$STATE/killed"
  host_exec switch ip link del "$1.eth0"
  kill -KILL "$(cut -d' ' -f1 "$STATE/$1/pid")"
}

measured() {
  echo "# $*" >>"$STATE/measured"
}

show_measured() {
  cat "$STATE/measured"
  : >"$STATE/measured"
}

# down_within NODE MILLISECONDS: so soon after its death the node is not scheduled any more.
down_within() {
  local at after
  wait_until 30 logged node_down "$1" >/dev/null || die "the log has no event=node_down with node=$1"
  read -r at _ < <(logged node_down "$1")
  after=$((at - $(cat "$STATE/killed")))
  measured "$1 was not scheduled any more after $after ms"
  [ "$after" -le "$2" ] || die "$1 was scheduled for $after ms after its death"
}

# reset_within NODE MILLISECONDS: so soon after its death all its sessions are over at the remote.
reset_within() {
  local one dir after most=0
  for one in $(sessions_of "$1"); do
    dir=$STATE/sessions/$one
    wait_until 30 test -e "$dir/ended" || die "a session ($(cat "$dir/protocol")) with the dead $1 goes on"
    after=$(($(cat "$dir/ended") - $(cat "$STATE/killed")))
    [ "$after" -le "$most" ] || most=$after
    # The clients of rsh and ssh do not say why they end.
    [ "$(cat "$dir/protocol")" != ticker ] || grep -i 'reset by peer' "$dir/err" >/dev/null ||
      die "the end of a session with the dead $1: $(tail -1 "$dir/err")"
  done
  logged node_reset "$1" >/dev/null || die "the log has no event=node_reset with node=$1"
  measured "all $(sessions_of "$1" | wc -l) sessions of $1 were reset within $most ms:" \
    "$(logged node_reset "$1" | tail -1 | grep -o 'connections=[0-9]*')"
  [ "$most" -le "$2" ] || die "a session was reset $most ms after the death of $1"
}

# sessions_live NODE...: all of their sessions go on.
sessions_live() {
  local node one dir
  for node in "$@"; do
    for one in $(sessions_of "$node"); do
      dir=$STATE/sessions/$one
      [ ! -e "$dir/ended" ] || die "a session of $node has ended: $(tail -1 "$dir/err")"
      wait_until 10 more_lines_than "$(grep -c tick "$dir/out")" tick "$dir/out" ||
        die "nothing comes from a session of $node any more"
    done
  done
}

# logins_reach NODE...: three new logins for each are served by these, and by each of them.
logins_reach() {
  local served
  served=$(for _ in "$@" "$@" "$@"; do served_by remote2 ssh; done | sort -u | xargs)
  equal "the nodes that serve new logins" "$served" "$*"
}

sessions_spread() {
  local node
  for node in "${NODES[@]}"; do
    [ "$(sessions_of "$node" | wc -l)" -ge 6 ] || die "$node has less than 6 of the sessions"
  done
}
check "every node has sessions" sessions_spread

# The gateway's own cable: all nodes are silent at once, and all of them live.
gateway_cut() {
  host_exec switch ip link set gateway.int0 down
  sleep 6
  host_exec switch ip link set gateway.int0 up
  wait_until 10 all_joined || die "not all agents come back"
  for node in "${NODES[@]}"; do
    logged node_suspected "$node" >/dev/null || die "$node was not suspected: the cut was none"
    not logged node_reset "$node"
  done
  sessions_live "${NODES[@]}" gateway
  wait_until 10 logins_reach "${NODES[@]}"
}
all_joined() {
  [ "$(agent_events joined)" -ge $((2 * ${#NODES[@]})) ]
}
check "a gateway that is cut off takes no node for dead" gateway_cut

begun_go_elsewhere() {
  local one
  for one in 1 2 3; do
    wait_until 20 test -s "$STATE/sessions/begun-$one/out" ||
      die "a login begun when the node died finds no other: $(tail -1 "$STATE/sessions/begun-$one/err")"
  done
}

kill_node alpha
session begun-1 ticker &
session begun-2 ticker &
session begun-3 ticker &
check "a node that dies is not scheduled after 3 s" down_within alpha 3000
check "logins begun when it died go to the other nodes" begun_go_elsewhere
check "the remotes of a dead node see a RST within 5 s" reset_within alpha 5000
check "new logins go to the other nodes" logins_reach beta gamma
check "sessions of the other nodes notice nothing" sessions_live beta gamma gateway
show_measured

# lives_without_agent NODE COMMAND...: the command, which silences the node's agent, raises a suspicion,
# and nothing else for longer than an agent may be silent.
lives_without_agent() {
  local node=$1
  shift
  from_now
  "$@"
  wait_until 10 logged node_suspected "$node" >/dev/null ||
    die "the log has no event=node_suspected with node=$node"
  sleep 6
  not logged node_down "$node"
  not logged node_reset "$node"
  sessions_live beta gamma gateway
  logins_reach beta gamma
}
check "a stopped agent is no dead node" lives_without_agent gamma \
  host_exec gamma kill -STOP "$(cat "$STATE/gamma/agent.pid")"
host_exec gamma kill -CONT "$(cat "$STATE/gamma/agent.pid")"
check "a killed agent is no dead node" lives_without_agent beta agent_stop beta KILL

kill_node beta
check "a node without an agent is found dead, too" down_within beta 3000
check "its remotes see a RST" reset_within beta 5000
check "sessions of the other nodes still notice nothing" sessions_live gamma gateway
show_measured

keeps() {
  echo 'connections: {on_node_death: keep}' >>"$STATE/gateway.yaml"
  gateway_signal HUP
  wait_until 10 contains "$GATEWAY_LOG" event=reloaded || die "the configuration is not taken over"
  kill_node gamma
  down_within gamma 3000
  sleep 6
  local one
  for one in $(sessions_of gamma); do
    [ ! -e "$STATE/sessions/$one/ended" ] || die "a session has ended: $(tail -1 "$STATE/sessions/$one/err")"
  done
  not logged node_reset gamma
  sessions_live gateway
}
check "with on_node_death: keep, the remotes of a dead node see nothing" keeps
show_measured
