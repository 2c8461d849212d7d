# Traffic beside what a test does, of which nothing may be lost. Needs $STATE/bin/udp, and a
# server of its (`udp serve`) at a port of the cluster.

# traffic_start PORT: until traffic_stop, pings from a node to a remote, and questions from a remote to this
# UDP port of the cluster, a thousand a second each.
traffic_start() {
  # shellcheck disable=SC2016  # the inner shells expand
  host_daemon gamma ping sh -c 'echo $$ >"$1"; exec ping -n -q -i 0.001 -W 2 192.0.2.102' sh "$STATE/gamma/ping.pid"
  # shellcheck disable=SC2016
  host_daemon remote1 udp sh -c 'echo $$ >"$1"; exec "$2" ask 192.0.2.1 "$3"' sh \
    "$STATE/remote1/udp.pid" "$STATE/bin/udp" "$1"
}

# traffic_stop: ends both, and waits for what they say.
traffic_stop() {
  host_exec remote1 kill -INT "$(cat "$STATE/remote1/udp.pid")"
  host_exec gamma kill -INT "$(cat "$STATE/gamma/ping.pid")"
  wait_until 10 test -s "$STATE/remote1/log/udp" || die "no result of the questions"
  wait_until 10 grep -q received "$STATE/gamma/log/ping" || die "no result of the pings"
}

nothing_lost() {
  local sent answered
  traffic_stop
  read -r sent answered <"$STATE/remote1/log/udp"
  equal "the questions answered of $sent" "$answered" "$sent"
  sent=$(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' "$STATE/gamma/log/ping")
  answered=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$STATE/gamma/log/ping")
  # The last one may be on its way when the signal comes.
  [ "$answered" -ge $((sent - 1)) ] || die "of $sent pings only $answered were answered"
}

# traffic_told: prints what became of the traffic.
traffic_told() {
  echo "# $(grep transmitted "$STATE/gamma/log/ping" || echo no pings); questions and answers: $(cat "$STATE/remote1/log/udp")"
}

# flat_memory KB: the gateway has not grown by more than so much since $STATE/memory.before was written.
flat_memory() {
  gateway_memory >"$STATE/memory.after"
  [ "$(cat "$STATE/memory.after")" -le $(($(cat "$STATE/memory.before") + $1)) ] ||
    die "the gateway grew from $(cat "$STATE/memory.before") to $(cat "$STATE/memory.after") kB"
}
