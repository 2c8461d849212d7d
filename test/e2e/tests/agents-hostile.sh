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

check "an agent with a wrong token is refused, and neither side logs it" wrong_token
check "an agent with another node's name and token is refused" another_nodes_token
check "an agent refuses a gateway with another fingerprint" wrong_fingerprint
check "nobody outside gets through to the agents' port" closed_outside
