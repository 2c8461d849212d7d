# Test cases: `check NAME COMMAND...` prints one line for each, and goes on after a failure.

# check NAME COMMAND...: runs the command, often a function of the test file, in a subshell where
# the first failing command ends it. The last line it printed says why.
check() {
  local name=$1 status
  shift
  set +e
  (set -e; "$@") >"$STATE/check.out" 2>&1
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    echo "ok $name"
  else
    echo "not ok $name: $(grep . "$STATE/check.out" | tail -1 | grep . || echo "$1 failed with status $status")"
    failures=$((failures + 1))
  fi
}
failures=0

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
