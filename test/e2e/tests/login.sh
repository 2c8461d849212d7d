#!/bin/bash
# Stock clients outside log in by one address and land on the cluster's nodes.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up

# each_node_serves REMOTE PROTOCOL NODE...: as many logins as nodes visit each node once.
each_node_serves() {
  local remote=$1 protocol=$2 served
  shift 2
  served=$(for _ in "$@"; do served_by "$remote" "$protocol"; done | sort | xargs)
  equal "the nodes that served" "$served" "$(printf '%s\n' "$@" | sort | xargs)"
}

for protocol in rlogin rsh; do
  check "$protocol reaches every node and the gateway" \
    each_node_serves remote1 "$protocol" "${NODES[@]}" gateway
done
for protocol in rexec telnet ssh; do
  check "$protocol reaches every node" each_node_serves remote1 "$protocol" "${NODES[@]}"
done
for protocol in "${LOGINS[@]}"; do
  check "another remote logs in by $protocol" served_by remote2 "$protocol"
done

# rlogin's client learns by urgent data that it shall tell the size. It misses that when it is not yet
# listening for it, with any server, so one login of several is enough.
terminal_size() {
  local terminal
  for _ in 1 2 3; do
    terminal=$(terminal_at remote1 "$1")
    [ "${terminal#* }" != "33 99" ] || return 0
  done
  die "the node sees a terminal of ${terminal#* }, not 33 99"
}
check "rlogin carries the terminal's size" terminal_size rlogin
check "telnet carries the terminal's size" terminal_size telnet

two_hundred_rlogins() {
  # shellcheck disable=SC2016  # the inner shell expands
  seq 200 | host_guest remote1 xargs -P 20 -n 1 \
    sh -c 'exec "$0" netkit-rlogin cluster' "$STATE/bin/interactive.exp" >"$STATE/served"
  equal "the number of logins" "$(grep -c . "$STATE/served")" 200
  equal "the logins of each node" "$(cut -d' ' -f1 "$STATE/served" | sort | uniq -c | xargs)" \
    "50 alpha 50 beta 50 gamma 50 gateway"
}
check "200 rlogins, 20 at once, spread evenly" two_hundred_rlogins
