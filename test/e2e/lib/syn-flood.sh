# A flood of SYNs against the cluster, and logins that must not notice.
FLOOD=$STATE/flood
readonly STREAMS=50
stream_jobs=()

# router_up: the network's router, which swallows what is for anybody beyond it: the nodes' answers
# to forged SYNs.
router_up() {
  host_up router
  plug router eth0 outside 192.0.2.254/24
  host_exec router sysctl -qw net.ipv4.ip_forward=0
}

# flood_start: SYNs to rlogin, each from another client in 198.0.0.0/8, straight into the gateway's
# interface, from the first processor.
flood_start() {
  local mac rate=()
  [ -z "${FLOOD_RATE:-}" ] || rate=(--rate "$FLOOD_RATE")
  mac=$(host_exec gateway cat /sys/class/net/ext0/address)
  : >"$FLOOD/trafgen"
  cat >"$FLOOD/syn.trafgen" <<END
{
  0x${mac//:/, 0x}, 2, 0, 0, 0, 0, 9, c16(0x0800),
  0x45, 0, c16(40), drnd(2), c16(0x4000), 64, 6, csumip(14, 33), 198, drnd(3), 192, 0, 2, 1,
  drnd(2), c16(513), drnd(4), c32(0), 0x50, 2, c16(64240), csumtcp(14, 34), c16(0)
}
END
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec switch taskset -c 0 bash -c 'echo $$ >"$1/pid"; exec trafgen -P 1 -o gateway.ext0 -c "$1/syn.trafgen" "${@:2}"' \
    bash "$FLOOD" "${rate[@]}" >"$FLOOD/trafgen" 2>&1 &
  flood_job=$! flood_begun=$SECONDS
  wait_until 10 grep -q Running "$FLOOD/trafgen" || die "trafgen does not run: $(tail -1 "$FLOOD/trafgen")"
}

# flood_wait SECONDS: until the flood has lasted so long.
flood_wait() {
  while [ $((SECONDS - flood_begun)) -lt "$1" ]; do
    sleep 0.2
  done
}

# flood_stop: ends the flood and reports what it was.
flood_stop() {
  local length sent
  host_exec switch pkill -INT -P "$(cat "$FLOOD/pid")"
  wait "$flood_job" || true
  length=$((SECONDS - flood_begun))
  sent=$(sed -n 's/.* on CPU.* (\([0-9]*\) packets).*/\1/p' "$FLOOD/trafgen")
  [ -n "$sent" ] || die "trafgen sent nothing: $(tail -1 "$FLOOD/trafgen")"
  gateway_ask
  echo "# $sent SYNs in $length s; of these, $(gateway_value syns_by_hash) were scheduled by hash and" \
    "$(gateway_drops | sed -n 's/^syn_flood //p') refused until repeated"
}

# stream NUMBER: a login that sends numbered blocks of random text once a second and gets them back,
# until streams_stop. Leaves both in files.
stream() {
  local number=$1 login=(netkit-rsh cluster cat) remote=remote$((1 + $1 % 2))
  [ $((number % 4)) -ne 0 ] || login=(ssh cluster cat)
  blocks "$number" | tee "$FLOOD/$number.sent" |
    host_guest "$remote" "${login[@]}" >"$FLOOD/$number.received" 2>"$FLOOD/$number.errors"
}

blocks() {
  local block count=0
  block=$(head -c 3000 /dev/urandom | base64 -w 0)
  while [ ! -e "$FLOOD/stop" ]; do
    printf '%s %s %s\n' "$1" "$count" "$block"
    count=$((count + 1))
    sleep 1
  done
}

# streams_up: starts all, one after the other, and waits until each has got something back. Not for
# check: they are jobs of this shell.
streams_up() {
  local number
  for ((number = 1; number <= STREAMS; ++number)); do
    stream "$number" &
    stream_jobs+=($!)
    wait_until 20 test -s "$FLOOD/$number.received" ||
      die "login $number does not come up: $(tail -1 "$FLOOD/$number.errors")"
  done
}

# streams_stop: ends all and waits until what they sent has come back, or they have failed.
streams_stop() {
  touch "$FLOOD/stop"
  wait "${stream_jobs[@]}" || true
}

# streams_whole: everything that was sent came back.
streams_whole() {
  local number
  for ((number = 1; number <= STREAMS; ++number)); do
    equal "the digest of what login $number got back ($(tail -1 "$FLOOD/$number.errors"))" \
      "$(sha256sum <"$FLOOD/$number.received")" "$(sha256sum <"$FLOOD/$number.sent")"
  done
}
