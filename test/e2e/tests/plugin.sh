#!/bin/bash
# The example plugin with real connections: each remote has its node, and finds it again.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up
config=$STATE/gateway.yaml
c++ -std=c++20 -O2 -fPIC -shared -o "$STATE/sticky.so" "$ROOT/plugins/example/sticky.cpp" \
  -I "$ROOT/include" -I "$ROOT/src" "$BUILD_DIR/src/net/libencluster-net.a"
cat >>"$config" <<'END'
  - {name: web, port: 8080/tcp, plugin: sticky}
  - {name: echo, port: 8081/tcp, plugin: sticky}
plugins: [sticky.so]
END
for node in "${NODES[@]}"; do
  teller_up "$node" 8080
  host_daemon "$node" echo socat TCP4-LISTEN:8081,reuseaddr,fork EXEC:cat
done
gateway_start

# node_of REMOTE: the node that each of several new connections went to.
node_of() {
  local names
  names=$(for _ in 1 2 3 4 5 6; do ask "$1" cluster 8080 | cut -d' ' -f1; done | sort -u)
  among "the node of six connections" "$names" "${NODES[@]}"
  echo "$names"
}
check "all connections of a remote go to one node" node_of remote1
check "so do those of another" node_of remote2

moves() {
  local before after
  before=$(node_of remote1)
  sed -i "/name: $before,/s/weight: 1/weight: 1, draining: true/" "$config"
  gateway_signal HUP
  wait_until 10 grep -q event=reloaded "$GATEWAY_LOG"
  after=$(node_of remote1)
  [ "$after" != "$before" ] || die "remote1 stays with $before, which drains"
  sed -i 's/, draining: true//' "$config"
  gateway_signal HUP
  wait_until 10 more_lines_than 1 event=reloaded "$GATEWAY_LOG"
  equal "the node when it takes sessions again" "$(node_of remote1)" "$before"
}
check "a remote leaves a node that drains, and comes back" moves

survives_restart() {
  local client
  mkfifo "$STATE/words"
  host_exec remote1 timeout 60 socat -t 20 - TCP4:cluster:8081 <"$STATE/words" >"$STATE/echo" &
  client=$!
  exec 9>"$STATE/words"
  echo before >&9
  wait_until 10 grep -q before "$STATE/echo"
  equal "the exit status" "$(gateway_stop TERM)" 0
  gateway_start 9>&-
  echo after >&9
  wait_until 30 grep -q after "$STATE/echo" || die "nothing came back after the restart"
  exec 9>&-
  wait "$client"
}
check "a connection lives through a restart of the gateway" survives_restart
