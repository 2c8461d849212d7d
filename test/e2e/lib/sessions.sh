# Sessions and connections that stay open, driven by programs in hosts: clients/sessions.c, clients/hold.c.
# A driver is known by its place, HOST/NAME. It takes lines, and answers each by "MARK GOOD of ALL".

# sessions_prepare: makes the programs. After testbed_open.
sessions_prepare() {
  local program
  mkdir -p "$STATE/bin"
  for program in sessions hold; do
    cc -O2 -Wall -Wextra -Werror -o "$STATE/bin/$program" "$LIB/../clients/$program.c"
  done
}

# driver_start PLACE COMMAND...: starts the driver in its host, as the user guest.
driver_start() {
  local input
  input=$(driver_input "$1")
  mkfifo "$input"
  host_guest "${1%/*}" setsid --fork "${@:2}" <>"$input" >"$(driver_log "$1")" 2>&1
}

driver_input() {
  echo "$STATE/$1.in"
}

driver_log() {
  echo "$STATE/${1%/*}/log/${1#*/}"
}

# driver_tell PLACE LINE: does not wait for the answer.
driver_tell() {
  echo "$2" 1<>"$(driver_input "$1")"
}

# driver_answer PLACE MARK: prints the answer, if there is one yet.
driver_answer() {
  grep "^$2 [0-9]* of " "$(driver_log "$1")"
}

# driver_all_good PLACE MARK SECONDS: the answer, which must come in time, is that all are good.
driver_all_good() {
  local good all
  wait_until "$3" driver_answer "$1" "$2" >/dev/null ||
    die "no answer of $1 within $3 s: $(tail -1 "$(driver_log "$1")")"
  read -r _ good _ all < <(driver_answer "$1" "$2" | tail -1)
  [ "$good" -eq "$all" ] || die "$1: $good of $all; $(grep '^#' "$(driver_log "$1")" | tail -1)"
}

# times COUNT COMMAND: a list of so many sessions.
times() {
  local number
  for ((number = 0; number < $1; ++number)); do
    echo "$2"
  done
}

# sessions_start PLACE AT_ONCE: opens the sessions that standard input lists, so many at once. Each has
# answered when the driver answers 0.
sessions_start() {
  cat >"$STATE/$1.list"
  driver_start "$1" "$STATE/bin/sessions" "$STATE/$1.list" "$2"
}

# gateway_recovers: starts a killed gateway again, and waits until it has its connections back from all
# nodes, without contradiction.
gateway_recovers() {
  local before
  before=$(recoveries | wc -l)
  gateway_start
  wait_until 30 recoveries_beyond "$before" || die "enclusterd says no event=recovered within 30 s"
  recoveries | tail -1 | grep 'event=recovered ' | grep ' conflicts=0 ' >/dev/null ||
    die "not everything is back: $(recoveries | tail -1)"
}

recoveries() {
  grep -E 'event=recover(ed|y_incomplete) ' "$GATEWAY_LOG" || true
}

recoveries_beyond() {
  [ "$(recoveries | wc -l)" -gt "$1" ]
}

# recovery_value NAME: a value of the last recovery.
recovery_value() {
  recoveries | tail -1 | grep -o "\b$1=[^ ]*" | cut -d= -f2 | grep . || echo "no"
}

# recovery_told: prints what the last recovery was.
recovery_told() {
  echo "# $(recovery_value connections) connections, back $(recovery_value milliseconds) ms after the start"
}

# holders PORT STATE: all TCP sockets of the cluster's hosts in this state on the service's port, "HOST
# ADDRESS:PORT" a line: who has it, and its remote.
holders() {
  local host
  for host in gateway "${NODES[@]}"; do
    host_exec "$host" ss -Htan state "$2" "sport = :$1" | awk -v host="$host" '{print host, $NF}'
  done
}
