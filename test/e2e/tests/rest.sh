#!/bin/bash
# The REST interface: what it tells of a working gateway, what it changes, and who may not use it.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/rest.sh"
testbed_open
machines_up
rest_prepare
echo 'exports: [{path: /export/home, node: beta, keys: ["fsid:7"], clients: [198.51.100.0/24]}]' \
  >>"$STATE/gateway.yaml"
gateway_start

# rest_status PATH [CURL-OPTION...]: prints the status of the answer; the body is in $STATE/body, the
# header in $STATE/header.
rest_status() {
  local path=$1
  shift
  host_exec gateway curl -sS --max-time 20 -o "$STATE/body" -D "$STATE/header" -w '%{http_code}' "$@" \
    "http://127.0.0.1:8077$path"
}

# patched NODE BODY: changes the node so, and prints it.
patched() {
  rest "/v1/nodes/$1" -X PATCH -H 'Content-Type: application/json' -d "$2"
}

# stands KIND SUBJECT: this alarm does.
stands() {
  rest /v1/alarms | jq -e --arg kind "$1" --arg subject "$2" \
    'any(.alarms[]; .kind == $kind and .subject == $subject)' >/dev/null
}
stands_not() {
  ! stands "$@"
}

healthy() {
  equal "the health" "$(host_exec gateway curl -sS --max-time 20 http://127.0.0.1:8077/healthz)" ok
}

status() {
  rest /v1/status | jq -e '.cluster == "demo" and .workers >= 1 and .recovering == false
    and .counters.connections >= 0 and .drops.no_connection >= 0 and .agents == null
    and ([.traffic[].name] == ["campus", "interconnect", "local"])' >/dev/null
  served_by remote1 rlogin
  rest /v1/status | jq -e '.counters.connections_opened > 0 and .traffic[0].packets_received > 0' >/dev/null
}

nodes() {
  equal "the nodes" "$(rest /v1/nodes | jq -c '[.nodes[] | [.name, .id, .up, .weight, .draining]]')" \
    '[["gateway",0,true,1,false],["alpha",1,true,1,false],["beta",2,true,1,false],["gamma",3,true,1,false]]'
  equal "the address of beta" "$(rest /v1/nodes/beta | jq -r .address)" 10.77.0.12
}

ports() {
  equal "the slice of alpha" "$(rest /v1/ports | jq -c '.slices[1]')" \
    '{"node":"alpha","first":24576,"last":32767}'
  equal "who serves the database" "$(rest /v1/ports | jq -c '.services[] | select(.name == "database") | .nodes')" \
    '["beta"]'
}

exports() {
  equal "the exports" "$(rest /v1/exports | jq -c .exports)" \
    '[{"path":"/export/home","node":"beta","keys":["knfsd:1:07000000"],"clients":["198.51.100.0/24"]}]'
}

# all_connections LIMIT: every connection, a line each, by pages of so many.
all_connections() {
  local page next=
  while :; do
    page=$(rest "/v1/connections?limit=$1$next")
    [ "$(jq '.connections | length' <<<"$page")" -le "$1" ] || die "more than $1 connections in a page"
    jq -c '.connections[]' <<<"$page"
    next=$(jq -r '.next // empty' <<<"$page")
    [ -n "$next" ] || return 0
    next="&cursor=$next"
  done
}

# session_begin NAME: a session of remote1 that ends when $STATE/NAME.end is there; its node's name is
# the first line of $STATE/NAME.
session_begin() {
  rm -f "$STATE/$1" "$STATE/$1.end"
  (while [ ! -e "$STATE/$1.end" ]; do
    echo
    sleep 0.2
  done | host_guest remote1 timeout 120 netkit-rsh cluster \
    'hostname; while read -r line; do :; done; echo end' >"$STATE/$1" 2>&1) &
  wait_until 20 test -s "$STATE/$1" || die "the session $1 does not begin"
}

# session_end NAME: the session must have lived until now, and end well.
session_end() {
  touch "$STATE/$1.end"
  wait_until 20 contains "$STATE/$1" end || die "the session $1 did not live: $(tail -1 "$STATE/$1")"
}

# sessions: of connections, a line each, those of rsh, without what changes every second.
sessions() {
  jq -c 'select(.cluster_port == 514) | del(.seconds_left, .idle_seconds)' | sort
}

connections() {
  session_begin listed
  local node
  node=$(head -1 "$STATE/listed")
  all_connections 1 >"$STATE/one-by-one"
  equal "the node of the session" \
    "$(jq -r 'select(.cluster_port == 514 and .remote == "192.0.2.101" and (.state | index("answered"))) | .node' \
      "$STATE/one-by-one" | sort -u)" "$node"
  equal "its service" "$(jq -r 'select(.cluster_port == 514) | .service' "$STATE/one-by-one" | sort -u)" rsh
  equal "the session in a large page" "$(all_connections 1000 | sessions)" "$(sessions <"$STATE/one-by-one")"
  equal "the session as enclusterctl tells it" "$(ctl connections --json | jq -c '.connections[]' | sessions)" \
    "$(sessions <"$STATE/one-by-one")"
  ctl connections | grep -E "^tcp +192.0.2.101:[0-9]+ +514 $node" >/dev/null
  session_end listed
}

check "the health is for everybody" healthy
check "the status tells of traffic" status
check "the nodes are told" nodes
check "ports are told" ports
check "exports are told" exports
check "connections are listed, page by page" connections

# visited COUNT: which nodes serve so many rsh sessions.
visited() {
  for _ in $(seq "$1"); do served_by remote1 rsh; done | sort -u | xargs
}

draining() {
  patched gateway '{"weight": 0}' >/dev/null
  session_begin old
  local node
  node=$(head -1 "$STATE/old")
  equal "the answer" "$(patched "$node" '{"draining": true}' | jq -c '[.name, .draining, .changed.draining]')" \
    "[\"$node\",true,true]"
  not grep -wF "$node" <<<"$(visited 8)"
  session_end old
  patched "$node" '{"draining": null}' | jq -e '.draining == false and .changed.draining == null' >/dev/null
  grep -wF "$node" <<<"$(visited 8)"
  patched gateway '{"weight": null}' >/dev/null
}
check "a node that drains gets no new sessions, and keeps the old one" draining

persistent() {
  ctl drain alpha | grep -E '^alpha .* yes\* ' >/dev/null
  ctl weight gateway 0 >/dev/null
  gateway_signal HUP
  equal "who serves after a reload" "$(visited 8)" "beta gamma"
  gateway_stop KILL >/dev/null
  gateway_start
  equal "who serves after kill -9" "$(visited 8)" "beta gamma"
  rest /v1/nodes | jq -e '.nodes[0].weight == 0 and .nodes[0].configured.weight == 1
    and .nodes[1].draining and .nodes[2].draining == false' >/dev/null
  ctl reset alpha >/dev/null
  ctl undrain gateway | grep -E '^gateway .* no\* +0\* ' >/dev/null
  ctl reset gateway >/dev/null
  equal "who serves after a reset" "$(visited 8)" "alpha beta gamma gateway"
}
check "changes of nodes outlive a reload and kill -9" persistent

damaged_roster() {
  ctl drain beta >/dev/null
  gateway_stop KILL >/dev/null
  echo 'nodes: [{name: beta, draining: maybe}]' >"$STATE/kept/roster.yaml"
  gateway_start
  grep 'event=roster_damaged' "$GATEWAY_LOG" | grep -F 'roster.yaml:1' >/dev/null
  grep -F maybe "$STATE/kept/roster.yaml" >/dev/null || die "the damaged file is gone"
  rest /v1/nodes/beta | jq -e '.draining == false' >/dev/null
  ctl drain gamma >/dev/null
  grep -F maybe "$STATE/kept/roster.yaml.damaged" >/dev/null || die "the damaged file was not put aside"
  ctl reset gamma >/dev/null
}
check "a damaged roster is named, not used, and put aside by the next change" damaged_roster

failed_change() {
  mv "$STATE/kept" "$STATE/away"
  equal "the status" "$(rest_status /v1/nodes/alpha -X PATCH -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' -d '{"draining": true}')" 500
  mv "$STATE/away" "$STATE/kept"
  rest /v1/nodes/alpha | jq -e '.draining == false' >/dev/null
}
check "a change that cannot be kept is none" failed_change

reloaded() {
  local before
  before=$(rest /v1/status | jq .generation)
  sed -i.before 's/ask_idle_after: [0-9]*/&/; /^services:/a\  - {name: late, port: 4711/tcp, node: alpha}' "$STATE/gateway.yaml"
  ctl reload >"$STATE/said"
  [ "$(sed -n 's/^reloaded: generation //p' "$STATE/said")" -gt "$before" ] || die "$(cat "$STATE/said")"
  equal "the entry in the switch" "$(rest /v1/switch | jq -c '.entries[] | select(.port == 4711) | [.network, .service, .decides, .nodes]')" \
    '["campus","late","node",["alpha"]]'
  ctl switch | grep -E '^ *4711/tcp +campus +late +node +alpha$' >/dev/null
  ctl services | grep -E '^late +4711/tcp ' >/dev/null
  sed -i 's/^workers: .*//; $a workers: 7' "$STATE/gateway.yaml"
  not ctl reload 2>"$STATE/said"
  contains "$STATE/said" "nothing has changed: "
  contains "$STATE/said" workers
  wait_until 10 stands change_refused configuration || die "no alarm: $(rest /v1/alarms)"
  cp "$STATE/gateway.yaml.before" "$STATE/gateway.yaml"
  ctl reload >/dev/null
  wait_until 10 stands_not change_refused configuration || die "the alarm stands: $(rest /v1/alarms)"
  equal "the entry in the switch" "$(rest /v1/switch | jq -c '.entries[] | select(.port == 4711)')" ""
}
check "a reload is taken over, or says what is wrong" reloaded

rates() {
  ctl top --once >"$STATE/top"
  grep -E '^TRAFFIC A SECOND +PACKETS IN +BYTES IN' "$STATE/top" >/dev/null || die "no traffic in: $(head -3 "$STATE/top")"
  grep -E '^alpha +yes +no +1 ' "$STATE/top" >/dev/null || die "no alpha in: $(grep -A 3 ^NODE "$STATE/top")"
  grep -E '^rlogin +513/tcp +.*alpha' "$STATE/top" >/dev/null || die "no rlogin in: $(tail -3 "$STATE/top")"
  not grep $'\e' "$STATE/top"
  host_exec remote1 ping -i 0.2 -c 25 192.0.2.1 >/dev/null &
  local ping=$!
  ctl top --json --interval 2 >"$STATE/top"
  wait "$ping"
  jq -e '.seconds >= 2 and .restarted == false and .traffic[0].name == "campus"
    and .traffic[0].packets_received > 0 and .traffic[0].bytes_sent > 0
    and .nodes[1].name == "alpha" and (.services | length) > 0' "$STATE/top" >/dev/null || die "$(cat "$STATE/top")"
}
check "rates are told" rates

# The view ends by q, and gives the terminal back: the cursor is seen on the screen that was there.
live() {
  host_exec gateway env TERM=xterm expect -c "set timeout 20
    spawn -noecho $ENCLUSTERCTL --token-file $STATE/rest.token top
    stty rows 24 columns 80 < \$spawn_out(slave,name)
    expect {timeout {exit 9} -re {alpha +yes +no}}
    send q
    expect {timeout {exit 8} eof {}}
    exit [lindex [wait] 3]" >"$STATE/said" || die "the view ended with $?: $(tail -3 "$STATE/said")"
  contains "$STATE/said" $'\e[?25h\e[?1049l'
}
check "rates are shown live" live

checked() {
  "$ENCLUSTERCTL" check --config "$STATE/gateway.yaml" >"$STATE/said"
  contains "$STATE/said" "the configuration is valid"
  local status=0
  sed 's/^workers: .*//; $a workers: 7000\nbogus: 1' "$STATE/gateway.yaml" >"$STATE/wrong.yaml"
  "$ENCLUSTERCTL" check --config "$STATE/wrong.yaml" 2>"$STATE/said" || status=$?
  equal "the exit status" "$status" 2
  contains "$STATE/said" "workers: found '7000'"
  contains "$STATE/said" "bogus: found an unknown key"
}
check "a configuration is checked without the gateway" checked

drops() {
  host_exec remote1 ip route add 10.77.0.11/32 via 192.0.2.1
  host_exec remote1 ping -c 1 -W 1 10.77.0.11 >/dev/null && die "a node answers from inside"
  rest /v1/drops >"$STATE/drops"
  jq -e '(.drops | length) > 50 and all(.drops[]; (.meaning | length) > 10)
    and any(.drops[]; .packets > 0)' "$STATE/drops" >/dev/null || die "$(jq -c '[.drops[] | select(.packets > 0) | .reason]' "$STATE/drops")"
  local reason
  reason=$(rest /v1/drops | jq -r '[.drops[] | select(.packets > 0)][0].reason')
  ctl drops | grep -E "^ *[0-9]+ +$reason +[A-Z]" >/dev/null
}
check "drops are told with what they mean" drops

# routed WORD...: what enclusterctl route tells, in $STATE/route.
routed() {
  ctl route "$@" >"$STATE/route" || die "no route of $*"
}
# tells TEXT: the last of these did.
tells() {
  contains "$STATE/route" "$1" || die "no '$1' in: $(xargs -d '\n' <"$STATE/route")"
}
routes() {
  session_begin routed
  local node port
  node=$(head -1 "$STATE/routed")
  port=$(all_connections 1000 | sessions | jq -r 'select(.node == "'"$node"'") | .remote_port' | head -1)
  routed tcp "192.0.2.101:$port" 514 --flags A
  tells "connection  it belongs to one that is known"
  grep -E "^verdict +forward to $node by interconnect\$" "$STATE/route" >/dev/null || die "$(cat "$STATE/route")"
  session_end routed
  routed tcp 198.51.100.7:1023 5432
  tells "switch      service database: all goes to beta"
  tells "sent        198.51.100.7:1023 > 10.77.0.12:5432 TCP S"
  routed udp 10.77.0.11:32768 198.51.100.7:53
  tells "verdict     answer to alpha by interconnect: foreign_slice"
  equal "what is counted of that" "$(rest /v1/drops | jq '.drops[] | select(.reason == "foreign_slice") | .packets')" 0
  not ctl route tcp 198.51.100.7 513 2>"$STATE/said"
  contains "$STATE/said" "source: found"
}
check "where a packet would go is told, and nothing comes of it" routes

# Of everything that a busy outside network carried, the gateway says what it did with it.
routed_capture() {
  capture_start "$STATE/busy.pcap" outside "dst host 192.0.2.1 and not arp"
  for _ in $(seq 5); do served_by remote1 rsh >/dev/null; done
  host_exec remote1 ping -c 3 -i 0.2 192.0.2.1 >/dev/null
  capture_stop "$STATE/busy.pcap"
  ctl route --capture "$STATE/busy.pcap" >"$STATE/route"
  equal "lines" "$(wc -l <"$STATE/route")" "$(frames "$STATE/busy.pcap" | wc -l)"
  [ "$(grep -c -E ' TCP .*forward to (alpha|beta|gamma|gateway) by interconnect' "$STATE/route")" -gt 10 ] || die "$(head -3 "$STATE/route")"
  grep -E 'ICMP echo request .*local by local \(local-stack\)' "$STATE/route" >/dev/null || die "no echo in: $(tail -2 "$STATE/route")"
}
check "each packet of a capture is told" routed_capture

filters() {
  session_begin filtered
  equal "who is found by the remote" "$(ctl connections --json --remote 192.0.2.0/24 --port 514 --state answered | jq -r '.connections[0].remote')" \
    192.0.2.101
  equal "what is found elsewhere" "$(ctl connections --json --remote 198.51.100.0/24)" '{"connections":[],"next":null}'
  equal "what has been silent for an hour" "$(ctl connections --json --idle 3600)" '{"connections":[],"next":null}'
  not ctl connections --state asleep 2>"$STATE/said"
  contains "$STATE/said" "state: found 'asleep'; allowed: embryonic, "
  session_end filtered
}
check "connections are found by remote, port, state and silence" filters

# alarms_counted KIND: what the metrics say.
alarms_counted() {
  rest /metrics | sed -n "s/^encluster_alarms{kind=\"$1\",.*} //p"
}

alarmed() {
  wait_until 10 no_alarm || die "alarms stand before: $(rest /v1/alarms)"
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon gateway events bash -c 'exec "$0" --token-file "$1" events --json >"$2"' \
    "$ENCLUSTERCTL" "$STATE/rest.token" "$STATE/events"
  wait_until 10 opened_a_stream || die "no stream was opened: $(tail -3 "$STATE/gateway/log/events")"
  host_exec switch ip link set beta.eth0 down
  wait_until 60 stands node_down beta || die "no alarm: $(rest /v1/alarms)"
  equal "how many are counted" "$(alarms_counted node_down)" 1
  rest /v1/alarms | jq -e '.alarms[] | select(.kind == "node_down") | .severity == "warning"
    and (.since | test("^20[0-9-]+T[0-9:.]+Z$")) and (.action | length > 0)' >/dev/null
  ctl alarms | grep -E '^20[^ ]+ +warning +node_down +beta ' >/dev/null
  # The database is served by beta alone.
  wait_until 10 stands service_without_node database || die "no alarm: $(rest /v1/alarms)"
  wait_until 10 grep 'event=alarm_raised kind=node_down severity=warning subject=beta' "$GATEWAY_LOG" >/dev/null
  host_exec switch ip link set beta.eth0 up
  wait_until 60 stands_not node_down beta || die "the alarm stands: $(rest /v1/alarms)"
  wait_until 10 stands_not service_without_node database || die "the alarm stands: $(rest /v1/alarms)"
  equal "how many are counted" "$(alarms_counted node_down)" 0
  wait_until 10 grep 'event=alarm_cleared kind=node_down .*subject=beta' "$GATEWAY_LOG" >/dev/null
  wait_until 10 told alarm_cleared || die "the stream told: $(tail -3 "$STATE/events")"
  equal "what the stream told of the alarm" \
    "$(jq -r 'select(.fields.kind == "node_down") | "\(.event) \(.fields.subject)"' "$STATE/events" | xargs)" \
    "alarm_raised beta alarm_cleared beta"
}
no_alarm() {
  [ "$(ctl alarms)" = "no alarm stands" ]
}
opened_a_stream() {
  host_exec gateway ss -Htn state established '( dport = :8077 )' | grep . >/dev/null
}
# told EVENT: of beta, by the stream.
told() {
  jq -es --arg event "$1" 'any(.[]; .event == $event and .fields.kind == "node_down")' "$STATE/events" >/dev/null
}
check "a cut cable is an alarm until it is mended, wherever one looks" alarmed

resumed_events() {
  gateway_stop KILL >/dev/null
  gateway_start
  wait_until 20 jq -es 'any(.[]; .event == "lost")' "$STATE/events" >/dev/null || die "the stream told: $(tail -3 "$STATE/events")"
  wait_until 10 jq -es 'any(.[]; .event == "ready")' "$STATE/events" >/dev/null || die "the start is missing: $(tail -3 "$STATE/events")"
  host_exec gateway timeout 5 curl -sN -H "Authorization: Bearer $TOKEN" -H 'Last-Event-ID: 0' \
    http://127.0.0.1:8077/v1/events >"$STATE/stream" || true
  grep -x 'event: lost' "$STATE/stream" >/dev/null || die "no gap is told"
  grep -x 'event: ready' "$STATE/stream" >/dev/null || die "what came before is not told"
}
check "events go on after kill -9, and say that some are lost" resumed_events

as_documented() {
  host_exec gateway /usr/bin/python3 "$LIB/../clients/openapi.py" "$ROOT/docs/rest-api.yaml" http://127.0.0.1:8077 "$TOKEN" \
    >"$STATE/openapi" || die "$(head -1 "$STATE/openapi")"
  grep -E '^[0-9]{2,} calls$' "$STATE/openapi" >/dev/null
}
check "every operation answers as docs/rest-api.yaml says" as_documented

# refusal STATUS PATH [CURL-OPTION...]: the answer has this status, and is a problem of RFC 9457.
refusal() {
  local expected=$1
  shift
  equal "the status of $1" "$(rest_status "$@")" "$expected"
  grep -i '^content-type: application/problem+json' "$STATE/header" >/dev/null || die "no problem+json"
  jq -e ".status == $expected and (.detail | length > 0)" "$STATE/body" >/dev/null
}

strangers() {
  refusal 401 /v1/status
  grep -i '^www-authenticate: Bearer' "$STATE/header" >/dev/null
  refusal 401 /v1/status -H "Authorization: Bearer $(openssl rand -hex 32)"
  refusal 401 /v1/nodes/alpha -X PATCH -d '{"draining": true}'
  grep 'event=rest_refused' "$GATEWAY_LOG" >/dev/null
  not grep -F "$TOKEN" "$GATEWAY_LOG"
  local status=0
  openssl rand -hex 32 >"$STATE/wrong.token"
  chmod 600 "$STATE/wrong.token"
  ctl nodes --token-file "$STATE/wrong.token" 2>"$STATE/said" || status=$?
  equal "the exit status of enclusterctl" "$status" 1
  contains "$STATE/said" "the token is missing or wrong"
}
check "without the right token nothing is told" strangers

wrong_requests() {
  local json='Content-Type: application/json' auth="Authorization: Bearer $TOKEN"
  refusal 404 /v1/nothing -H "$auth"
  refusal 404 /v1/nodes/nobody -H "$auth"
  refusal 405 /v1/status -H "$auth" -X DELETE
  grep -i '^allow: GET, HEAD' "$STATE/header" >/dev/null
  refusal 400 "/v1/connections?limit=1001" -H "$auth"
  refusal 400 /v1/nodes/alpha -H "$auth" -X PATCH -H "$json" -d '{"weight": 1001}'
  refusal 400 /v1/nodes/alpha -H "$auth" -X PATCH -H "$json" -d '{'
  refusal 415 /v1/nodes/alpha -H "$auth" -X PATCH -d '{}'
  head -c 100000 /dev/zero | tr '\0' ' ' >"$STATE/large"
  refusal 413 /v1/nodes/alpha -H "$auth" -X PATCH -H "$json" --data-binary @"$STATE/large"
}
check "what is wrong with a request is said" wrong_requests

# connects HOST ADDRESS: whether a TCP connection to the port comes up within 3 s.
connects() {
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec "$1" timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/8077"' bash "$2" 2>/dev/null
}

closed_outside() {
  connects gateway 127.0.0.1 || die "the gateway itself does not get through"
  not connects gateway 192.0.2.1
  not connects remote1 192.0.2.1
  not connects alpha 10.77.0.1
  not connects alpha 192.0.2.1
}
check "nobody on a network gets through to the port" closed_outside

hostile_callers() {
  local before after slow
  before=$(gateway_memory)
  # A caller that sends a byte now and then, and 100 that say nothing.
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec gateway bash -c 'trap "" PIPE; exec 3<>/dev/tcp/127.0.0.1/8077; begun=$SECONDS
    printf "GET /healthz HTTP/1.1\r\n" >&3
    while printf X >&3; do sleep 0.5; done 2>/dev/null; echo $((SECONDS - begun))' >"$STATE/slow" &
  slow=$!
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon gateway idle bash -c 'for i in $(seq 100); do eval "exec $((i + 10))<>/dev/tcp/127.0.0.1/8077"; done; sleep 5'
  # 100 MB of garbage, and as much in a body without the token.
  head -c 100000000 /dev/urandom | host_exec gateway timeout 60 socat -u - TCP4:127.0.0.1:8077 2>/dev/null || true
  { printf 'PATCH /v1/nodes/alpha HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n'
    head -c 100000000 /dev/zero; } | host_exec gateway timeout 60 socat -u - TCP4:127.0.0.1:8077 2>/dev/null || true
  rest /v1/status >/dev/null
  served_by remote1 rsh
  wait "$slow" || true
  [ "$(cat "$STATE/slow")" -le 15 ] || die "the slow caller was borne for $(cat "$STATE/slow") s"
  after=$(gateway_memory)
  [ $((after - before)) -lt 8192 ] || die "memory grew from $before to $after kB"
}
check "slow, idle and talkative callers cost little" hostile_callers

reloaded_token() {
  openssl rand -hex 32 >"$STATE/rest.token"
  gateway_signal HUP
  wait_until 10 contains "$GATEWAY_LOG" event=reloaded
  wait_until 10 equal_status 401 -H "Authorization: Bearer $TOKEN" || die "the old token is still good"
  ctl nodes >/dev/null
}
equal_status() {
  [ "$(rest_status /v1/status "${@:2}")" = "$1" ]
}
check "a reload takes over another token" reloaded_token
