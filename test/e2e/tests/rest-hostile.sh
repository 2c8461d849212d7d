#!/bin/bash
# What callers of the REST interface do, with the token or without, harms neither other callers nor the
# traffic. Runs alone: not one packet beside them may be lost.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by themselves: followed, they take shellcheck minutes
. "$LIB/rest.sh"
# shellcheck source=/dev/null
. "$LIB/traffic.sh"
testbed_open
machines_up
rest_prepare
mkdir -p "$STATE/bin" "$STATE/served"
cc -O2 -Wall -Wextra -Werror -o "$STATE/bin/udp" "$LIB/../clients/udp.c"
sed -i '/^services:/a\  - {name: questions, port: 700/udp, node: beta}' "$STATE/gateway.yaml"
AUTH="Authorization: Bearer $TOKEN"
gateway_start
host_daemon beta served "$STATE/bin/udp" serve 700 "$STATE/served"

# served: a right caller gets its answer.
served() {
  ctl status --json | jq -e .cluster >/dev/null || die "a right caller is not served"
}

# requests WORD: a thousand requests on one connection, whose answers are a megabyte and more.
requests() {
  for _ in $(seq 1000); do
    printf 'GET %s HTTP/1.1\r\nHost: gateway\r\n%s\r\n\r\n' "$1" "$AUTH"
  done
}

stopped_caller() {
  local pid
  requests /v1/drops >"$STATE/requests"
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon gateway stopped bash -c 'exec 3<>/dev/tcp/127.0.0.1/8077; cat "$1" >&3 & echo $$ >"$2"
    while read -r -u 3; do sleep 0.01; done' bash "$STATE/requests" "$STATE/gateway/stopped.pid"
  wait_until 5 test -s "$STATE/gateway/stopped.pid" || die "no caller"
  pid=$(cat "$STATE/gateway/stopped.pid")
  host_exec gateway kill -STOP "$pid"
  for _ in $(seq 12); do served; sleep 1; done
  host_exec gateway kill -KILL "$pid"
}

# A scraper sends its requests and never takes an answer.
deaf_scrapers() {
  requests /metrics >"$STATE/requests"
  local scraper
  for scraper in 1 2 3 4 5 6 7 8; do
    # shellcheck disable=SC2016  # the inner shell expands
    host_daemon gateway "deaf.$scraper" timeout 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8077; cat "$1" >&3; sleep 20' \
      bash "$STATE/requests"
  done
  for _ in $(seq 10); do served; sleep 1; done
}

# body LENGTH|chunked: what is answered to a body of a gigabyte, told in advance or not.
body() {
  local how=(-H 'Content-Type: application/json' -X POST -T - -H 'Expect:')
  [ "$1" = chunked ] || how+=(-H "Content-Length: $1" -H 'Transfer-Encoding:')
  head -c 1000000000 /dev/zero | host_exec gateway timeout 60 curl -sS -o /dev/null -w '%{http_code}' -H "$AUTH" "${how[@]}" \
    http://127.0.0.1:8077/v1/route 2>/dev/null || true
}
large_bodies() {
  equal "the status of a gigabyte" "$(body 1000000000)" 413
  equal "the status of a gigabyte in chunks" "$(body chunked)" 413
  served
}

many_connections() {
  local source held
  # An address of its own has no more than some thousand ports.
  for source in 2 3 4 5 6; do
    # shellcheck disable=SC2016  # the inner shell expands
    host_daemon gateway "many.$source" sh -c 'ulimit -n 4096; echo $$ >"$1"; exec "$2" idle 127.0.0.1 8077 2000 "$3"' sh \
      "$STATE/gateway/many.$source.pid" "$STATE/bin/udp" "127.0.0.$source"
  done
  for source in 2 3 4 5 6; do
    wait_until 20 test -s "$STATE/gateway/log/many.$source" || die "no 10,000 connections were attempted"
  done
  for _ in $(seq 10); do served; done
  held=$(host_exec gateway ss -Htn state established '( sport = :8077 )' | wc -l)
  [ "$held" -le 64 ] || die "$held connections are held"
  for source in 2 3 4 5 6; do
    host_exec gateway kill -TERM "$(cat "$STATE/gateway/many.$source.pid")"
  done
}

wrong_tokens() {
  host_exec gateway curl -sS -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $(openssl rand -hex 32)" \
    "http://127.0.0.1:8077/v1/nodes/[1-1000]" >"$STATE/statuses"
  equal "the statuses" "$(sort "$STATE/statuses" | uniq -c | xargs)" "1000 401"
  served
}

for _ in $(seq 20); do served; done
gateway_memory >"$STATE/memory.before"
traffic_start 700
check "a caller that was stopped keeps no other from being served" stopped_caller
check "scrapers that never read keep no other from being served" deaf_scrapers
check "a body of a gigabyte is refused" large_bodies
check "10,000 connections keep no right caller from being served" many_connections
check "a thousand wrong tokens are refused" wrong_tokens
check "no packet of a thousand a second each way was lost meanwhile" nothing_lost
traffic_told
check "the gateway has not grown" flat_memory 16384
echo "# the gateway's memory: $(cat "$STATE/memory.before") kB before, $(cat "$STATE/memory.after") kB after"
