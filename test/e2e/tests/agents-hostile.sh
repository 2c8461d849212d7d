#!/bin/bash
# Who is not a node's agent is not taken for one, and who is not the gateway not for it.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
agents_prepare
gateway_start
agents_up

# forged NODE SED: a copy of the node's agent configuration, changed so. Prints its name.
forged() {
  local folder=$STATE/$1/forged
  mkdir -p "$folder"
  install -m 600 "$STATE/agents/$1/agent.token" "$folder/agent.token"
  sed -e "$2" "$STATE/agents/$1/agent.yaml" >"$folder/agent.yaml"
  echo "$folder/agent.yaml"
}

# stays_out CONFIGURATION: an agent with it, in place of alpha's, does not join within 3 s.
stays_out() {
  local before
  agent_stop alpha TERM
  : >"$STATE/alpha/log/agent"
  before=$(agent_events joined)
  agent_spawn alpha "$1"
  sleep 3
  equal "how often agents have joined" "$(agent_events joined)" "$before"
  cp "$STATE/alpha/log/agent" "$STATE/alpha/log/forged"
  agent_stop alpha TERM
  agent_start alpha
}

wrong_token() {
  local config token=$STATE/alpha/forged/agent.token
  config=$(forged alpha '')
  openssl rand -hex 32 >"$token"
  stays_out "$config"
  agent_log refused | grep -F 10.77.0.11 >/dev/null ||
    die "the gateway's log has no event=agent_refused with the address 10.77.0.11"
  not grep -F "$(cat "$token")" "$GATEWAY_LOG" "$STATE/alpha/log/forged"
}

another_nodes_token() {
  local config
  config=$(forged alpha 's/^node: .*/node: beta/')
  cp "$STATE/agents/beta/agent.token" "$STATE/alpha/forged/agent.token"
  stays_out "$config"
}

wrong_fingerprint() {
  stays_out "$(forged alpha "s/^fingerprint: .*/fingerprint: $(openssl rand -hex 32)/")"
  grep -i fingerprint "$STATE/alpha/log/forged" >/dev/null ||
    die "the agent says nothing of the fingerprint: $(tail -1 "$STATE/alpha/log/forged")"
}

closed_outside() {
  connects alpha 10.77.0.1 7077 || die "a node does not get through to 10.77.0.1:7077"
  not connects remote1 192.0.2.1 7077
  host_exec remote2 ip route replace 10.77.0.1 via 192.0.2.1
  not connects remote2 10.77.0.1 7077
  host_exec remote2 ip route del 10.77.0.1
  not connects alpha 192.0.2.1 7077
}

# What alpha says to the gateway when it joins, byte for byte, said once more.
replayed_join() {
  local config relay=127.0.0.1:7177 before
  config=$(forged alpha "s/10\.77\.0\.1:7077/$relay/")
  agent_stop alpha TERM
  host_daemon alpha relay socat -r "$STATE/alpha/said" "TCP-LISTEN:${relay#*:},bind=${relay%:*},reuseaddr" \
    TCP:10.77.0.1:7077
  wait_until 10 listening alpha "${relay#*:}" || die "the relay does not listen"
  before=$(agent_events joined alpha)
  agent_spawn alpha "$config"
  wait_until 10 agent_events_more joined alpha "$before" || die "the agent does not join through the relay"
  agent_stop alpha TERM
  agent_start alpha
  before=$(agent_events joined)
  host_exec alpha timeout 20 socat -u "OPEN:$STATE/alpha/said" TCP:10.77.0.1:7077 ||
    die "the gateway does not end the connection"
  sleep 1
  equal "how often agents have joined" "$(agent_events joined)" "$before"
}

# send_to_alpha COUNT: frames to the node's cable, each the bytes of standard input.
send_to_alpha() {
  cat >"$STATE/frame"
  host_exec switch trafgen --cpus 1 -n "$1" -o alpha.eth0 -c "$STATE/frame" >"$STATE/trafgen" 2>&1 ||
    die "trafgen: $(tail -1 "$STATE/trafgen")"
}

# called: a call of the gateway to alpha as trafgen's bytes, the program given to sed in between.
called() {
  tcpdump -n -xx -c 1 -r "$STATE/calls.pcap" 2>/dev/null |
    sed -n 's/^\s*0x[0-9a-f]*: *//p' | tr -d ' \n' | sed "$1; s/../0x&, /g; s/.*/{ & }/"
}

# unimpressed REASON COUNT SED: calls of the gateway, changed so, are refused for this, and alpha stays.
unimpressed() {
  local before
  agent_stop alpha TERM
  : >"$STATE/alpha/log/agent"
  agent_start alpha
  before=$(agent_events joined)
  # The first of them an agent that has just begun may take for new: it is with the gateway already.
  called "$3" | send_to_alpha 2
  called "$3" | send_to_alpha "$2"
  wait_until 10 grep "event=come_back_refused .*$1" "$STATE/alpha/log/agent" >/dev/null ||
    die "the agent's log has no event=come_back_refused with $1"
  sleep 2
  equal "how often agents have joined" "$(agent_events joined)" "$before"
}

# While alpha's agent is stopped: otherwise it may be back before it is called.
gateway_calls() {
  local before agent
  agent=$(cat "$STATE/alpha/agent.pid")
  before=$(agent_events joined alpha)
  capture_start "$STATE/calls.pcap" alpha.eth0 udp and src host 10.77.0.1 and port 7077
  host_exec alpha kill -STOP "$agent"
  gateway_stop KILL
  gateway_start
  wait_until 10 called_there || die "the gateway does not call alpha"
  host_exec alpha kill -CONT "$agent"
  wait_until 10 agent_events_more joined alpha "$before" || die "alpha does not come back"
  capture_stop "$STATE/calls.pcap"
}
called_there() {
  called '' | grep 0x >/dev/null
}

check "an agent with a wrong token is refused, and neither side logs it" wrong_token
check "an agent with another node's name and token is refused" another_nodes_token
check "an agent refuses a gateway with another fingerprint" wrong_fingerprint
check "nobody outside gets through to the agents' port" closed_outside
check "a join that is said once more is none" replayed_join
check "a gateway that starts calls its nodes" gateway_calls
check "a call that is sent once more has no effect" unimpressed "not later" 100 ''
# Without a UDP checksum, which would drop it first.
check "calls that are forged have none" unimpressed "not authentic" 1000 's/^\(.\{80\}\)..../\10000/; s/..$/a5/'
