# Hosts: each is a net, mount, uts, ipc and pid namespace of its own, kept by one process.

# host_up NAME: makes the host. It has no network yet, see plug.
host_up() {
  local name=$1 dir=$STATE/$1 outer
  mkdir -p "$dir/log"
  setsid unshare --net --mount --uts --ipc --pid --fork --kill-child \
    "$LIB/host-init" "$name" "$STATE" </dev/null >"$dir/log/init" 2>&1 &
  outer=$!
  if ! wait_until 30 test -e "$dir/ready"; then
    kill -KILL "$outer" 2>/dev/null || true
    die "host $name did not start: $(tail -1 "$dir/log/init")"
  fi
  remember_process "$(pgrep -P "$outer")" >"$dir/pid"
}

# host_exec NAME COMMAND...: runs the command as root in the host, starting in /.
host_exec() {
  local pid
  read -r pid _ <"$STATE/$1/pid"
  shift
  nsenter -t "$pid" -r -w -m -u -i -n -p -- "$@"
}

# host_guest NAME COMMAND...: the same as the user guest.
host_guest() {
  local name=$1
  shift
  host_exec "$name" setpriv --reuid guest --regid guest --init-groups --reset-env -- "$@"
}

# host_daemon NAME LOG COMMAND...: starts the command in the host and leaves it running.
host_daemon() {
  local name=$1 log=$STATE/$1/log/$2
  shift 2
  host_exec "$name" setsid --fork "$@" </dev/null >>"$log" 2>&1
}

# listening HOST PORT: whether a TCP server waits there.
listening() {
  [ -n "$(host_exec "$1" ss -Hltn "sport = :$2")" ]
}

# listening_udp HOST PORT: whether a UDP server has it.
listening_udp() {
  [ -n "$(host_exec "$1" ss -Hlun "sport = :$2")" ]
}

# remember_process PID: prints what recognises this very process later on, not a reused number.
remember_process() {
  echo "$1 $(awk '{sub(/.*\) /, ""); print $20}' "/proc/$1/stat")"
}

# same_process FILE: whether the process that the file remembers is still there.
same_process() {
  local pid
  read -r pid _ <"$1" 2>/dev/null && [ -d "/proc/$pid" ] &&
    [ "$(remember_process "$pid" 2>/dev/null)" = "$(cat "$1")" ]
}

gone() {
  ! same_process "$1"
}

# hosts_down STATE: ends every host recorded there, and with each host all that runs in it.
hosts_down() {
  local file pid
  for file in "$1"/*/pid; do
    if [ -e "$file" ] && same_process "$file"; then
      read -r pid _ <"$file"
      kill -KILL "$pid"
      wait_until 10 gone "$file" || true
    fi
  done
}
