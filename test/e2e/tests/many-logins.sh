#!/bin/bash
# As many logins at once as privileged ports allow, and many one after the other: of nodes that all take
# the same ports to one remote, and of a remote to the cluster.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/sessions.sh"
cluster_up
sessions_prepare

# open_all COUNT COMMAND PLACE...: so many sessions in each place, all of them answer over both streams.
open_all() {
  local count=$1 command=$2 place
  shift 2
  for place in "$@"; do
    times "$count" "$command" | sessions_start "$place" 4
  done
  for place in "$@"; do
    driver_all_good "$place" 0 250
  done
}

# all_answer PLACE...: once more, now that they are all there.
all_answer() {
  local place
  for place in "$@"; do
    driver_tell "$place" "1 1"
  done
  for place in "$@"; do
    driver_all_good "$place" 1 70
  done
}

# connected HOST FILTER: the host's connections, "LOCAL REMOTE" a line.
connected() {
  host_exec "$1" ss -Htn state established "$2" | awk '{print $(NF - 1), $NF}'
}

# distinct COUNT: so many lines come from standard input, no two alike.
distinct() {
  local lines
  lines=$(cat)
  equal "the number of connections" "$(wc -l <<<"$lines")" "$1"
  equal "connections that are there twice" "$(sort <<<"$lines" | uniq -d)" ""
}

# shared_ports REMOTE PORT: how many connections of nodes to it are from a port that another node uses, too.
shared_ports() {
  local node
  for node in "${NODES[@]}"; do
    connected "$node" "dst $1 and dport = :$2" | sed 's/ .*//; s/.*://'
  done | sort | uniq -D | wc -l
}

readonly RLOGINS=({alpha,beta,gamma}/rlogins)
check "three nodes open 450 rlogins to one remote" open_all 150 "netkit-rlogin remote1" "${RLOGINS[@]}"
rlogins_distinct() {
  connected remote1 "sport = :513" | grep ' 192\.0\.2\.1:' | distinct 450
  [ "$(shared_ports 192.0.2.101 513)" -ge 300 ] || die "the nodes do not use the same ports"
}
check "to the remote, no two of them are from one port" rlogins_distinct
check "all of them answer" all_answer "${RLOGINS[@]}"

readonly RSHS=({alpha,beta,gamma}/rshs)
check "three nodes open 201 rsh with standard error to one remote" \
  open_all 67 "netkit-rsh remote2 bash" "${RSHS[@]}"
rshs_distinct() {
  connected remote2 "sport = :514" | grep ' 192\.0\.2\.1:' | distinct 201
  connected remote2 "sport != :514" | grep ' 192\.0\.2\.1:' | distinct 201
  [ "$(shared_ports 192.0.2.102 514)" -ge 130 ] || die "the nodes do not use the same ports"
}
check "to the remote, no two of either kind share a 4-tuple" rshs_distinct
check "all of them answer over both streams" all_answer "${RSHS[@]}"

readonly FROM_OUTSIDE=remote1/outside
check "a remote opens 200 rsh with standard error to the cluster" \
  open_all 200 "netkit-rsh cluster bash" "$FROM_OUTSIDE"
outside_distinct() {
  connected remote1 "dst 192.0.2.1 and dport = :514" | distinct 200
  connected remote1 "dst 192.0.2.1 and dport != :514 and sport != :513" | distinct 200
}
check "no two of either kind share a 4-tuple" outside_distinct
check "all of them answer over both streams" all_answer "$FROM_OUTSIDE"

in_a_row() {
  # shellcheck disable=SC2016  # the remote expands
  host_guest remote2 bash -c 'for number in {1..500}; do
    told=$(netkit-rsh -n cluster "echo out $number; echo err $number >&2" 2>&1 | sort | xargs)
    [ "$told" = "err $number out $number" ] || echo "$number: ${told:-nothing}"
  done' >"$STATE/failed"
  equal "those of 500 that failed" "$(head -3 "$STATE/failed")" ""
}
check "500 rsh with standard error in a row from one remote" in_a_row
