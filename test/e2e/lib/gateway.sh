# The gateway's program: start, stop, ask.
GATEWAY_LOG=$STATE/gateway/log/enclusterd

# gateway_start: runs enclusterd in the host gateway and waits until it is ready.
gateway_start() {
  local ready
  touch "$GATEWAY_LOG"
  ready=$(grep -c 'event=ready' "$GATEWAY_LOG" || true)
  rm -f "$STATE/gateway/exit"
  setsid "$LIB/gateway-run" "$STATE" "$ENCLUSTERD" </dev/null >>"$GATEWAY_LOG" 2>&1 &
  wait_until 20 gateway_ready_or_gone "$ready" || die "enclusterd is not ready after 20 s: see $GATEWAY_LOG"
  [ ! -e "$STATE/gateway/exit" ] || die "enclusterd ended at start: $(tail -1 "$GATEWAY_LOG")"
}

gateway_ready_or_gone() {
  [ -e "$STATE/gateway/exit" ] || [ "$(grep -c 'event=ready' "$GATEWAY_LOG")" -gt "$1" ]
}

# gateway_signal SIGNAL: sends it to enclusterd.
gateway_signal() {
  host_exec gateway kill "-$1" "$(cat "$STATE/gateway/enclusterd.pid")"
}

# gateway_reload: has enclusterd take over its changed configuration.
gateway_reload() {
  local before
  before=$(grep -c event=reloaded "$GATEWAY_LOG" || true)
  gateway_signal HUP
  wait_until 10 more_lines_than "$before" event=reloaded "$GATEWAY_LOG" || die "no reload: $(tail -1 "$GATEWAY_LOG")"
}

# gateway_stop SIGNAL: ends enclusterd by the signal and prints its exit status.
gateway_stop() {
  gateway_signal "$1"
  wait_until 20 test -e "$STATE/gateway/exit" || die "enclusterd did not end within 20 s of SIG$1"
  cat "$STATE/gateway/exit"
}

# gateway_ask: has enclusterd write its state into the log (SIGUSR1).
gateway_ask() {
  local before
  before=$(grep -c 'event=status' "$GATEWAY_LOG" || true)
  gateway_signal USR1
  wait_until 10 more_lines_than "$before" 'event=status' "$GATEWAY_LOG" ||
    die "enclusterd did not answer SIGUSR1 with event=status within 10 s"
}

# gateway_value NAME: prints one value of the last answer.
gateway_value() {
  local value
  value=$(grep 'event=status' "$GATEWAY_LOG" | tail -1 | grep -o "\b$1=[^ ]*" || true)
  [ -n "$value" ] || die "enclusterd's event=status line has no $1="
  echo "${value#*=}"
}

# gateway_drops: prints the drop reasons counted so far, "NAME COUNT" a line.
gateway_drops() {
  gateway_ask
  grep 'event=drop' "$GATEWAY_LOG" | sed -n 's/.*reason=\([^ ]*\).*count=\([0-9]*\).*/\1 \2/p' |
    awk '{count[$1] = $2} END {for (name in count) print name, count[name]}' | sort
}

# gateway_memory: kilobytes of enclusterd that are in memory.
gateway_memory() {
  host_exec gateway sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' \
    "/proc/$(cat "$STATE/gateway/enclusterd.pid")/status"
}
