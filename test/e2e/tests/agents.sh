#!/bin/bash
# Agents set the nodes up and lease ports: each port is one node's, whoever of them fails.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
agents_prepare

keys_fit() {
  local node certificate=$STATE/agents.crt shown
  equal "the public key of the certificate" "$(openssl x509 -in "$certificate" -noout -pubkey)" \
    "$(openssl pkey -in "$STATE/agents.key" -pubout)"
  equal "the mode of the token file" "$(stat -c %a "$STATE/agents.token")" 600
  shown=$(openssl x509 -in "$certificate" -noout -fingerprint -sha256 | cut -d= -f2 | tr -d :)
  for node in "${NODES[@]}"; do
    equal "the fingerprint for $node" "$(sed -n 's/^fingerprint: //p' "$STATE/agents/$node/agent.yaml")" \
      "${shown,,}"
    equal "the token of $node" "$(cat "$STATE/agents/$node/agent.token")" \
      "$(sed -n "s/^$node //p" "$STATE/agents.token")"
  done
  "$ENCLUSTERCTL" keys --config "$STATE/gateway.yaml" >"$STATE/keys.again"
  not grep -E '^(made|changed)' "$STATE/keys.again"
}
check "enclusterctl keys makes a working set, once" keys_fit

gateway_start
check "the agents of all nodes join" agents_up
teller_up remote1 7000

# sets_up NODE FIRST LAST: the node's kernel has the slice, and a remote sees a port of it.
sets_up() {
  local answer port
  within 2000 "the port range of $1 is $2-$3" ranges_as "$@"
  answer=$(ask "$1" remote1 7000)
  port=${answer##* }
  equal "the remote's answer" "${answer% *}" "remote1 192.0.2.1"
  [[ $port -ge $2 && $port -le $3 ]] || die "the port $port is not in the slice $2-$3 of $1"
}
ranges_as() {
  [ "$(host_exec "$1" cat /proc/sys/net/ipv4/ip_local_port_range | xargs)" = "$2 $3" ]
}
check "alpha gets its slice without node-setup" sets_up alpha 24576 32767
check "beta gets its slice without node-setup" sets_up beta 32768 40959
check "gamma gets its slice without node-setup" sets_up gamma 40960 49151

reached_when_leased() {
  not udp_ask remote1 700
  lease_start alpha 700
  equal "the answer of cluster:700" "$(udp_ask remote1 700)" "alpha question"
  grep -E 'event=lease_granted( |.* )node=alpha( |$)' "$GATEWAY_LOG" >/dev/null ||
    die "the gateway's log has no event=lease_granted with node=alpha"
}
check "a leased port is reached under the cluster's address, not before" reached_when_leased
check "another node is refused and told who has the port" lease_refused beta 700 alpha
check "an unleased port beside it stays closed" not udp_ask remote2 701

killed_command() {
  lease_daemon beta 700 again
  server_signal alpha KILL
  within 2000 "beta serves after alpha's command was killed" udp_answered_by 700 beta
  wait_until 5 test -e "$STATE/alpha/lease.exit" || die "alpha's lease has not ended"
  equal "the exit status of alpha's lease" "$(cat "$STATE/alpha/lease.exit")" 137
  never_both
}
check "when the command is killed the next node gets the port within 2 s" killed_command

ended_lease() {
  lease_daemon alpha 700 again
  lease_end beta
  within 2000 "alpha serves after the end of beta's lease" udp_answered_by 700 alpha
  never_both
}
check "when the lease is ended the next node gets the port within 2 s" ended_lease

killed_keeper() {
  touch "$STATE/alpha/lease.end"
  lease_signal alpha KILL
  within 2000 "alpha's command dies with its lease" server_gone alpha
  wait_until 60 not_held 700 || die "the port cannot be leased 60 s after the holder was killed"
  lease_start alpha 700
  within 2000 "alpha serves again" udp_answered_by 700 alpha
}
not_held() {
  lease_try beta "$1" >/dev/null
}
check "when the lease is killed its command dies, and the port is free again" killed_keeper

# stays_alphas RUNS: alpha's server is the one of before, reached, and the port is nobody else's.
stays_alphas() {
  equal "the number of servers that alpha has started" "$(lease_runs alpha)" "$1"
  udp_answered_by 700 alpha || die "cluster:700 is not answered by alpha"
  lease_refused beta 700 alpha
  lease_refused gamma 700 alpha
}

killed_agent() {
  local runs
  runs=$(lease_runs alpha)
  agent_stop alpha KILL
  for _ in 1 2 3 4 5; do
    udp_answered_by 700 alpha || die "no answer from alpha while its agent is dead"
    sleep 0.1
  done
  lease_refused beta 700 alpha
  agent_start alpha
  stays_alphas "$runs"
}
check "a killed agent's leases live on, and are its own when it is back" killed_agent

outlives_fence() {
  local runs
  runs=$(lease_runs alpha)
  for _ in $(seq 30); do
    sleep 1
    udp_answered_by 700 alpha || die "no answer from alpha some time after its agent was killed"
  done
  stays_alphas "$runs"
}
check "they are renewed by the new agent" outlives_fence

killed_gateway() {
  local runs node
  runs=$(lease_runs alpha)
  lease_runs beta >"$STATE/beta/runs"
  lease_daemon beta 700 again
  gateway_stop KILL
  for node in "${NODES[@]}"; do
    agent_events joined "$node" >"$STATE/$node/joined"
  done
  gateway_start
  within 1000 "all agents have joined again" all_rejoined
  within 2000 "alpha serves after the gateway's restart" udp_answered_by 700 alpha
  sleep 2
  lease_end beta
  equal "the number of servers that beta has started meanwhile" "$(lease_runs beta)" \
    "$(cat "$STATE/beta/runs")"
  stays_alphas "$runs"
}
all_rejoined() {
  local node
  for node in "${NODES[@]}"; do
    agent_events_more joined "$node" "$(cat "$STATE/$node/joined")" || return 1
  done
}
check "agents rejoin a restarted gateway within 1 s, and leases stay whose they were" killed_gateway

# cable NODE up|down: the node's cable at the switch.
cable() {
  host_exec switch ip link set "$1.eth0" "$2"
}

cut_off() {
  lease_end alpha
  lease_daemon alpha 700 again
  within 10000 "alpha serves before the cut" udp_answered_by 700 alpha
  lease_daemon beta 700 again
  cable alpha down
  sleep 30
  cable alpha up
  wait_until 60 served_by_either || die "nobody serves the port 60 s after the cut was healed"
  sleep 5
  never_both
  wait_until 15 agent_answers alpha || die "alpha's agent does not get anything from the gateway after the cut"
  never_both
}
served_by_either() {
  udp_answered_by 700 alpha || udp_answered_by 700 beta
}
agent_answers() {
  lease_try "$1" 702 >/dev/null
}
check "in a cut of 30 s and after, no two nodes ever hold the port" cut_off

all_along() {
  lease_end alpha
  lease_end beta
  never_both
  not udp_ask remote1 700
}
check "in all that happened no two nodes held the port" all_along
[ ! -s "$STATE/served.all" ] || echo "# $(wc -l <"$STATE/served.all") servers ran one after the other"

# host_keys_logged EVENT WHAT: whether the last word about ed25519 keys is this.
host_keys_logged() {
  grep -E 'event=host_keys_[a-z]+ type=ssh-ed25519' "$GATEWAY_LOG" | tail -1 | grep "event=host_keys_$1.*$2" >/dev/null
}
other_host_key() {
  local other=$STATE/other-keys
  not grep event=host_keys "$GATEWAY_LOG"
  mkdir "$other"
  ssh-keygen -q -t ed25519 -N '' -f "$other/ssh_host_ed25519_key"
  host_exec beta mount --bind "$other" /etc/ssh
  agent_stop beta TERM
  agent_start beta
  wait_until 10 host_keys_logged differ 'nodes="alpha gamma | beta"' ||
    die "the gateway does not say that beta has another host key"
  host_exec beta umount /etc/ssh
  agent_stop beta TERM
  agent_start beta
  wait_until 10 host_keys_logged equal '' || die "the gateway does not say that it is mended"
}
check "a node with another ssh host key is told of" other_host_key

# Without a name server, as nobody answers for one here.
unknown_name() {
  not grep event=setting_wrong "$STATE"/{alpha,beta,gamma}/log/agent
  echo 'hosts: files' >"$STATE/nsswitch.conf"
  host_exec beta mount --bind "$STATE/nsswitch.conf" /etc/nsswitch.conf
  echo nowhere >>"$STATE/etc/hosts.equiv"
  agent_stop beta TERM
  agent_start beta
  wait_until 20 contains "$STATE/beta/log/agent" 'event=setting_wrong subject="name nowhere"' ||
    die "the agent does not say that nobody knows the name"
}
check "a node that does not know a name of hosts.equiv says so" unknown_name
