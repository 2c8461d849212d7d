# Test cases: `check NAME COMMAND...` prints one line for each, and goes on after a failure.

# attempt COMMAND...: runs the command, often a function of the caller, in a subshell where the first
# failing command ends it. Leaves its status in `status`, what it printed in $STATE/out and $STATE/err.
attempt() {
  set +e
  (set -e; "$@") >"$STATE/out" 2>"$STATE/err"
  status=$?
  set -e
}

# why COMMAND: prints the reason of the failed attempt: the last line it left.
why() {
  cat "$STATE/out" "$STATE/err" | grep . | tail -1 || echo "$1 ended with status $status"
}

# check NAME COMMAND...: the command must succeed.
check() {
  local name=$1
  shift
  attempt "$@"
  if [ "$status" -eq 0 ]; then
    echo "ok $name"
  else
    echo "not ok $name: $(why "$1")"
    failures=$((failures + 1))
  fi
}
failures=0 status=0

# equal WHAT ACTUAL EXPECTED
equal() {
  [ "$2" = "$3" ] || die "$1 is '$2', expected '$3'"
}

# among WHAT ACTUAL ALLOWED...
among() {
  local what=$1 actual=$2 allowed
  shift 2
  for allowed in "$@"; do
    [ "$actual" != "$allowed" ] || return 0
  done
  die "$what is '$actual', expected one of: $*"
}

# served_by_a_node COMMAND...: the command prints who served, which must be a node.
served_by_a_node() {
  local host
  host=$("$@")
  among "the host that served" "$host" "${NODES[@]}"
}
