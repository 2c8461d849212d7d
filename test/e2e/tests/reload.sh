#!/bin/bash
# SIGHUP: a good configuration is taken whole, a bad one not at all. --check tells which it would be.
. "$(dirname "$0")/../lib/testbed.sh"
cluster_up
teller_up beta 5432
teller_up gamma 5433
teller_up gamma 5434
config=$STATE/gateway.yaml

answered_by() {
  [ "$(ask remote1 cluster "$1" 2>/dev/null | cut -d' ' -f1)" = "$2" ]
}

good_reload() {
  answered_by 5432 beta
  not answered_by 5433 gamma
  sed -i -e 's/port: 5432.tcp, node: beta/port: 5433\/tcp, node: gamma/' \
    -e '/name: telnet/s/alpha, beta, gamma/beta/' "$config"
  gateway_signal HUP
  wait_until 10 answered_by 5433 gamma || die "the new service does not answer"
  not answered_by 5432 beta || die "the old service still answers"
  for _ in 1 2 3; do
    equal "the only node left for telnet" "$(served_by remote1 telnet)" beta
  done
}
check "a good reload changes services and nodes" good_reload

session_survives() {
  host_guest remote1 timeout 30 netkit-rsh -n cluster 'echo begun; sleep 3; hostname' >"$STATE/long" &
  local session=$!
  wait_until 10 test -s "$STATE/long"
  gateway_signal HUP
  wait "$session" || die "the session ended with status $?"
  equal "the lines of the session" "$(wc -l <"$STATE/long")" 2
}
check "a session lives through a reload" session_survives

bad_reload() {
  cp "$config" "$config.good"
  sed -i -e 's/port: 5433/port: 5434/' -e 's/node: gamma/node: delta/' "$config"
  local before
  before=$(grep -c 'gateway.yaml' "$GATEWAY_LOG" || true)
  gateway_signal HUP
  wait_until 10 more_lines_than "$before" 'gateway.yaml' "$GATEWAY_LOG" || die "nothing in the log about the bad file"
  cp "$config.good" "$config"
  tail -3 "$GATEWAY_LOG" | grep 'delta' >/dev/null || die "the log does not name what was found: $(tail -1 "$GATEWAY_LOG")"
  answered_by 5433 gamma || die "the old configuration is not in force"
  not answered_by 5434 gamma || die "half of the bad configuration is in force"
  served_by remote1 ssh
}
check "a bad reload changes nothing and says why" bad_reload

# refused TEXT SED: --check ends with status 2 for the file changed so, and its message has the text.
refused() {
  local status=0
  sed -e "$2" "$config" >"$STATE/bad.yaml"
  "$ENCLUSTERD" --config "$STATE/bad.yaml" --check >"$STATE/check.log" 2>&1 || status=$?
  equal "the exit status" "$status" 2
  grep -F -- "$1" "$STATE/check.log" | grep 'bad.yaml:[0-9]' >/dev/null || die "the message is: $(tail -1 "$STATE/check.log")"
}
check "--check accepts a good file" "$ENCLUSTERD" --config "$config" --check
check "--check names an unknown node" refused delta 's/node: gamma/node: delta/'
check "--check names an unknown key" refused wrokers 's/^workers:/wrokers:/'
check "--check names an address given twice" refused 10.77.0.11 's/10.77.0.12/10.77.0.11/'
