#!/bin/bash
# RPC programs that nodes offer by themselves: the cluster's portmapper, the gateway's rpcbind, tells
# remotes where they are, as long as they run.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
agents_prepare
readonly PORTS='ports: [1100-1109/udp, 1100-1109/tcp], programs: [100011]'
sed -i "/^agents:/s|}\$|, allow: [{node: alpha, $PORTS}, {node: beta, $PORTS}]}|" "$STATE/gateway.yaml"
for node in alpha beta; do
  cat >>"$STATE/agents/$node/agent.yaml" <<'END'
services:
  - {name: quotas, rpc: 100011}
END
done

# told LOG TEXT...: whether a line of the log has all the texts.
told() {
  local lines text
  lines=$(cat "$1")
  shift
  for text in "$@"; do
    lines=$(grep -F -- "$text" <<<"$lines") || return 1
  done
}

# rpcbind_start HOST: knowing nothing.
rpcbind_start() {
  host_daemon "$1" rpcbind rpcbind -f
  wait_until 10 host_exec "$1" rpcinfo -p >/dev/null 2>&1 || die "rpcbind of $1 does not answer"
}

# quotas_start HOST PORT: serves quotas there, versions 1 and 2, over UDP and TCP.
quotas_start() {
  host_daemon "$1" rquotad rpc.rquotad -F -p "$2"
}
quotas_end() {
  host_exec "$1" pkill -KILL -x rpc.rquotad
}

# listed: what remote1 hears of the cluster's quotas: `VERSION PROTOCOL PORT;` ...
listed() {
  host_exec remote1 rpcinfo -p cluster | awk '$1 == 100011 {print $2, $3, $4}' | sort | tr '\n' ';'
}
# all_at PORT: that list, if they are all there.
all_at() {
  printf '%s;' "1 tcp $1" "1 udp $1" "2 tcp $1" "2 udp $1"
}
lists() {
  [ "$(listed)" = "$1" ]
}
listed_within() {
  wait_until "$1" lists "$2" || die "after $1 s the portmapper lists '$(listed)', expected '$2'"
}

for host in gateway alpha beta; do
  rpcbind_start "$host"
done
gateway_start
agents_up

appears() {
  lists '' || die "the portmapper knows quotas before they are served"
  quotas_start beta 1100
  listed_within 10 "$(all_at 1100)"
  told "$GATEWAY_LOG" event=service_registered node=beta port=1100/udp service=quotas
}
check "an RPC program of a node is listed by the cluster's portmapper" appears

called() {
  local version
  for version in 1 2; do
    host_exec remote1 timeout 10 rpcinfo -u cluster 100011 "$version"
    host_exec remote1 timeout 10 rpcinfo -t cluster 100011 "$version"
  done
}
check "whoever asks the portmapper reaches the node, over UDP and TCP" called

again() {
  host_exec gateway pkill -KILL -x rpcbind
  rpcbind_start gateway
  listed_within 10 "$(all_at 1100)"
}
check "it is listed again when rpcbind of the gateway is started anew" again

taken() {
  quotas_start alpha 1101
  within 10000 "the gateway refuses alpha" \
    told "$GATEWAY_LOG" event=service_refused node=alpha port=1101/udp reason=program-taken owner=beta
  within 2000 "alpha's agent says so" \
    told "$STATE/alpha/log/agent" event=service_refused port=1101/udp reason=program-taken owner=beta
  equal "the list" "$(listed)" "$(all_at 1100)"
}
check "another node's program of the same number is refused, and both sides say so" taken

moves() {
  quotas_end beta
  quotas_start beta 1102
  listed_within 10 "$(all_at 1102)"
  host_exec remote1 timeout 10 rpcinfo -u cluster 100011 2
}
check "a program that is started again at another port is listed there" moves

gateway_dies() {
  gateway_stop KILL
  quotas_end beta
  gateway_start
  listed_within 30 "$(all_at 1101)"
  host_exec remote1 timeout 10 rpcinfo -t cluster 100011 2
}
check "what a gateway has left behind is not listed for long, and the next node gets it" gateway_dies

own() {
  quotas_start gateway 1300
  listed_within 10 "$(all_at 1300)"
  within 10000 "the gateway says so" told "$GATEWAY_LOG" event=rpc_yielded program=100011
  quotas_end gateway
  listed_within 10 "$(all_at 1101)"
}
check "a program of the gateway itself goes before a node's" own

vanishes() {
  quotas_end alpha
  listed_within 10 ''
  told "$GATEWAY_LOG" event=service_withdrawn node=alpha port=1101/udp service=quotas
}
check "a program that ends is not listed any more" vanishes

ended() {
  quotas_start beta 1103
  listed_within 30 "$(all_at 1103)"
  gateway_stop TERM
  wait_until 10 unlisted || die "rpcbind still lists a node's program when the gateway has ended"
}
unlisted() {
  ! host_exec gateway rpcinfo -p | grep -E '^ *100011' >/dev/null
}
check "a gateway that ends takes the nodes' programs along" ended
