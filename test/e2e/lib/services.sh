# Small servers, and the questions that the demo and the tests ask of the cluster.

# teller_up HOST PORT: a TCP server that tells its own name, and the address and port it sees.
teller_up() {
  # shellcheck disable=SC2016  # expanded for each connection
  host_daemon "$1" teller socat "TCP4-LISTEN:$2,reuseaddr,fork,backlog=64" \
    'SYSTEM:echo $(hostname) $SOCAT_PEERADDR $SOCAT_PEERPORT'
  wait_until 10 listening "$1" "$2" || die "the teller of $1 does not listen on port $2"
}

# udp_echo_up HOST PORT: a UDP server that sends each datagram back.
udp_echo_up() {
  host_daemon "$1" echo socat -b 65536 "UDP4-RECVFROM:$2,fork" PIPE
  wait_until 10 listening_udp "$1" "$2" || die "the echo server of $1 has no UDP port $2"
}

# ask HOST SERVER PORT: what the teller there says to the host: "NAME ADDRESS PORT".
ask() {
  host_exec "$1" timeout 10 socat -u "TCP4:$2:$3,connect-timeout=5" -
}

# xserver_up HOST: an X server without a screen, reached by TCP as an X station is.
xserver_up() {
  host_daemon "$1" xvfb Xvfb :0 -screen 0 800x600x24 -listen tcp -nolisten unix -nolisten local -nolock -noreset -ac
  wait_until 20 listening "$1" 6000 || die "Xvfb does not listen on $1: see $STATE/$1/log/xvfb"
}

# x_client REMOTE: starts a clock on some node by rexec, drawing on the remote's X server; prints
# the name of the node once the window is there.
x_client() {
  local remote=$1 client window
  # shellcheck disable=SC2016  # the node expands
  host_guest "$remote" timeout 20 "$STATE/bin/rexec" cluster guest secret \
    "DISPLAY=$remote:0 exec timeout 20 xclock -title clock-of-\$(hostname)" >"$STATE/$remote/log/xclock" 2>&1 &
  client=$!
  wait_until 15 x_window "$remote" >/dev/null || die "no window of a node on $remote: $(tail -1 "$STATE/$remote/log/xclock")"
  window=$(x_window "$remote")
  host_exec "$remote" env DISPLAY=127.0.0.1:0 xkill -id "${window% *}" >/dev/null
  wait "$client" || true
  echo "${window#* clock-of-}"
}

# x_window REMOTE: prints the number and the title of the clock's window on the remote's X server.
x_window() {
  host_exec "$1" env DISPLAY=127.0.0.1:0 xwininfo -root -tree |
    sed -n 's/^ *\(0x[0-9a-f]*\) "\(clock-of-[a-z]*\)".*/\1 \2/p' | head -1 | grep .
}

# both_streams HOST TARGET: a remote shell whose command writes to standard output and standard
# error; prints the name of the host that ran it, which must have come over both.
both_streams() {
  local files
  files=$(mktemp -d "$STATE/streams.XXXXXX")
  # shellcheck disable=SC2016  # the other side expands
  host_guest "$1" timeout 30 netkit-rsh -n "$2" 'hostname; hostname >&2' >"$files/out" 2>"$files/err" ||
    die "rsh from $1 to $2 failed: $(tail -1 "$files/err")"
  cmp -s "$files/out" "$files/err" ||
    die "standard output is '$(cat "$files/out")' but standard error is '$(cat "$files/err")'"
  grep . "$files/out" || die "no output"
}

# pings FROM ADDRESS: whether three echo requests are all answered.
pings() {
  host_exec "$1" ping -n -q -c 3 -i 0.2 -W 2 "$2" | grep ' 3 received' >/dev/null
}
