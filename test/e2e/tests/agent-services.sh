#!/bin/bash
# Nodes offer services by themselves, tell how busy they are, and come back little by little.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
agents_prepare
SLOW_START=32
sed -i -e "s/^cluster: {name: demo}/cluster: {name: demo, slow_start: $SLOW_START}/" \
  -e '/^agents:/s|}$|, allow: [{node: alpha, ports: [8443/tcp]}, {node: beta, ports: [8443/tcp, 2000-2100/udp, 1100/tcp, 1100/udp]}]}|' \
  -e '/^services:/a\  - {name: busy, port: 7000/tcp, plugin: login, scheduler: least-loaded, nodes: [alpha, beta]}' \
  -e '/^services:/a\  - {name: back, port: 7001/tcp, plugin: login, scheduler: weighted-round-robin, nodes: [alpha, gamma]}' \
  "$STATE/gateway.yaml"
for node in alpha beta; do
  cat >>"$STATE/agents/$node/agent.yaml" <<'END'
services:
  - {name: web, port: 8443/tcp}
  - {name: games, port: 2000-2100/udp}
  - {name: secret, port: 9999/tcp}
  - {name: quotas, rpc: 100011}
END
done

# serve NODE PORT: a TCP server that tells the node's name; its process is called after the port.
serve() {
  host_daemon "$1" "serve.$2" socat "TCP4-LISTEN:$2,reuseaddr,fork,backlog=64" SYSTEM:hostname
  wait_until 10 listening "$1" "$2" || die "nothing listens on $1 at $2"
}

# unserve NODE PORT
unserve() {
  host_exec "$1" pkill -KILL -f "^socat TCP4-LISTEN:$2,"
}

# who PORT: the node that serves the cluster's port for remote1; nothing if none does.
who() {
  host_exec remote1 timeout 3 socat -u "TCP4:192.0.2.1:$1,connect-timeout=2" - 2>/dev/null || true
}
served_by() {
  [ "$(who "$1")" = "$2" ]
}
unserved() {
  [ -z "$(who "$1")" ]
}

# told LOG TEXT...: whether a line of the log has all the texts.
told() {
  local lines text
  lines=$(cat "$1")
  shift
  for text in "$@"; do
    lines=$(grep -F -- "$text" <<<"$lines") || return 1
  done
}

# loaded NODE MEAN: what the node's kernel says from now on about how busy it is. The hosts share one.
loaded() {
  echo "$2 $2 $2 1/100 100" >"$STATE/$1/loadavg"
}

for node in alpha beta; do
  loaded "$node" 0.00
  host_exec "$node" mount --bind "$STATE/$node/loadavg" /proc/loadavg
  serve "$node" 7000
done
for node in alpha gamma; do
  serve "$node" 7001
done
gateway_start
agents_up

# quotas udp|tcp: whether the cluster's RPC program 100011 answers a call of its procedure 0 by remote1.
# rpcinfo(8) cannot do without a portmapper.
quotas() {
  local call='\0\0\0\1\0\0\0\0\0\0\0\2\0\1\206\253\0\0\0\2\0\0\0\0' mark='' to=UDP4 reply
  local success=000000010000000100000000000000000000000000000000
  [ "$1" = udp ] || mark='\200\0\0\050' to=TCP4
  # shellcheck disable=SC2059  # the call is a format
  reply=$(printf "$mark$call\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" |
    host_exec remote1 socat -t 1 - "$to:192.0.2.1:1100" 2>/dev/null | od -An -v -tx1 | tr -d ' \n')
  [ "${reply: -48}" = "$success" ]
}

# rpcbind_start NODE: as rpcbind does it that is started anew, and knows what it knew.
rpcbind_start() {
  host_daemon "$1" rpcbind rpcbind -w -f
  wait_until 10 host_exec "$1" rpcinfo -p >/dev/null 2>&1 || die "rpcbind of $1 does not answer"
}

rpc_appears() {
  within 3000 "without rpcbind, beta's agent says so" told "$STATE/beta/log/agent" event=rpc_programs_unknown
  rpcbind_start beta
  within 5000 "with rpcbind, beta's agent says so" told "$STATE/beta/log/agent" event=rpc_programs_known
  host_daemon beta rquotad rpc.rquotad -F -p 1100
  within 6000 "the cluster's quotas answer over UDP" quotas udp
  within 6000 "the cluster's quotas answer over TCP" quotas tcp
  told "$GATEWAY_LOG" event=service_registered node=beta port=1100/udp service=quotas
  told "$GATEWAY_LOG" event=program_untold node=beta port=1100/udp program=100011 reason=not-allowed
  told "$STATE/beta/log/agent" event=program_untold port=1100/udp reason=not-allowed
}
check "an RPC program that rpcbind knows is reached under the cluster's address" rpc_appears

rpcbind_dies() {
  host_exec beta pkill -KILL -x rpcbind
  sleep 3
  quotas udp || die "the cluster's quotas do not answer without beta's rpcbind"
  rpcbind_start beta
}
check "the end of rpcbind is not that of its programs" rpcbind_dies

rpc_vanishes() {
  host_exec beta pkill -KILL -x rpc.rquotad
  within 4000 "the row of 1100/udp is withdrawn" told "$GATEWAY_LOG" event=service_withdrawn port=1100/udp
  not quotas udp
}
check "an RPC program that ends vanishes, although rpcbind still knows it" rpc_vanishes

appears() {
  unserved 8443 || die "cluster:8443 is served before a program listens"
  serve beta 8443
  within 5000 "beta serves cluster:8443" served_by 8443 beta
  within 2000 "the gateway says so" told "$GATEWAY_LOG" event=service_registered node=beta port=8443/tcp service=web
  within 2000 "beta's agent says so" told "$STATE/beta/log/agent" event=service_registered service=web port=8443/tcp
}
check "a program that listens on a node is reached under the cluster's address" appears

vanishes() {
  unserve beta 8443
  within 4000 "the row of 8443 is withdrawn" told "$GATEWAY_LOG" event=service_withdrawn port=8443/tcp
  unserved 8443 || die "cluster:8443 is served after the program's end"
  serve beta 8443
  within 5000 "beta serves cluster:8443 again" served_by 8443 beta
}
check "it vanishes when the program ends, and is back when it runs again" vanishes

of_range() {
  not udp_ask remote1 2050
  host_daemon beta games "$STATE/bin/udp" serve 2050 "$STATE/served"
  within 5000 "beta answers at 2050/udp" udp_answered_by 2050 beta
  not udp_ask remote1 2051
}
check "of a range of UDP ports, the one that is bound is reached" of_range

not_allowed() {
  serve beta 9999
  within 5000 "the gateway refuses 9999" told "$GATEWAY_LOG" event=service_refused node=beta port=9999/tcp reason=not-allowed
  within 2000 "beta's agent says so" told "$STATE/beta/log/agent" event=service_refused port=9999/tcp reason=not-allowed
  unserved 9999 || die "cluster:9999 is served"
}
check "what is not allowed is refused, and both sides say so" not_allowed

taken() {
  serve alpha 8443
  within 5000 "the gateway refuses alpha" told "$GATEWAY_LOG" event=service_refused node=alpha port=8443/tcp reason=taken owner=beta
  within 2000 "alpha's agent says so" told "$STATE/alpha/log/agent" event=service_refused port=8443/tcp reason=taken owner=beta
  served_by 8443 beta || die "cluster:8443 is not beta's any more"
}
check "what another node offers already is refused" taken

agent_dies() {
  agent_stop beta KILL
  sleep 3
  served_by 8443 beta || die "cluster:8443 is not beta's while its agent is dead"
  agent_start beta
  sleep 2
  served_by 8443 beta || die "cluster:8443 is not beta's when its agent is back"
}
check "the end of an agent changes nothing" agent_dies

gateway_dies() {
  gateway_stop KILL
  gateway_start
  within 6000 "beta serves cluster:8443 after the restart" served_by 8443 beta
  within 6000 "beta answers at 2050/udp after the restart" udp_answered_by 2050 beta
  sleep 3
  served_by 8443 beta || die "cluster:8443 went to $(who 8443) after the restart"
}
check "after kill -9 of the gateway services are their nodes' again" gateway_dies

# sessions PORT COUNT: who served so many sessions one after the other, and how many each.
sessions() {
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec remote1 bash -c 'for _ in $(seq "$2"); do socat -u "TCP4:192.0.2.1:$1,connect-timeout=2" -; done' \
    bash "$1" "$2" | sort | uniq -c | awk '{print $2 "=" $1}' | xargs
}

# share_of NODE SESSIONS: how many of them were the node's.
share_of() {
  local part
  part=$(tr ' ' '\n' <<<"$2" | sed -n "s/^$1=//p")
  echo "${part:-0}"
}

goes_to_idle() {
  loaded "$1" 6.00
  loaded "$2" 0.00
  sleep 3
  equal "who served 20 sessions while $1 was busy" "$(sessions 7000 20)" "$2=20"
}
check "least-loaded sends sessions to beta while alpha is busy" goes_to_idle alpha beta
check "least-loaded sends sessions to alpha while beta is busy" goes_to_idle beta alpha

no_herd() {
  local served
  loaded alpha 1.00
  loaded beta 1.00
  sleep 3
  served=$(sessions 7000 120)
  [[ $(share_of alpha "$served") -ge 30 && $(share_of beta "$served") -ge 30 ]] ||
    die "of 120 sessions between equals: $served"
}
check "between reports, not all sessions go to one of two equally busy nodes" no_herd

# events EVENT NODE: how many lines of the gateway's log say so.
events() {
  grep -E "event=$1( |$)" "$GATEWAY_LOG" | grep -cE " node=$2( |$)" || true
}
more_events() {
  [ "$(events "$1" "$2")" -gt "$3" ]
}

rises() {
  local downs ups first middle last
  downs=$(events node_down gamma)
  ups=$(events node_up gamma)
  host_exec switch ip link set gamma.eth0 down
  wait_until 30 more_events node_down gamma "$downs" || die "gamma is not down after 30 s"
  equal "who serves without gamma" "$(sessions 7001 10)" alpha=10
  host_exec switch ip link set gamma.eth0 up
  wait_until 30 more_events node_up gamma "$ups" || die "gamma is not up after 30 s"
  first=$(share_of gamma "$(sessions 7001 30)")
  sleep $((SLOW_START / 2))
  middle=$(share_of gamma "$(sessions 7001 30)")
  sleep $((SLOW_START / 2 + 2))
  last=$(share_of gamma "$(sessions 7001 30)")
  echo "# of 30 sessions, a node that came back had $first at first, $middle later, $last in the end" \
    >"$STATE/measured"
  [ "$first" -le 7 ] || die "gamma had $first of 30 sessions at once"
  [[ $middle -gt $first && $last -gt $middle ]] ||
    die "gamma had $first, then $middle, then $last of 30 sessions"
  equal "gamma's share in the end" "$last" 15
}
check "a node that comes back gets a share that rises" rises
[ ! -e "$STATE/measured" ] || cat "$STATE/measured"

node_dies() {
  kill -KILL "$(cut -d' ' -f1 "$STATE/beta/pid")"
  host_exec switch ip link del beta.eth0 || true
  within 12000 "beta's services are withdrawn" told "$GATEWAY_LOG" event=service_withdrawn node=beta port=8443/tcp "the node is dead"
  not udp_ask remote1 2050
  within 15000 "alpha serves cluster:8443 instead" served_by 8443 alpha
}
check "the services of a dead node are gone, and another node gets them" node_dies
