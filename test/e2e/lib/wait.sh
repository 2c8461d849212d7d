# Waiting for conditions, and giving up with a reason.

# die WHY: ends the script; the last line is the reason.
die() {
  echo "$*" >&2
  exit 1
}

# wait_until SECONDS COMMAND...: true as soon as the command succeeds, false when time is up.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# not COMMAND...: the command must fail.
not() {
  if "$@"; then
    die "should have failed: $*"
  fi
}

# more_lines_than COUNT PATTERN FILE
more_lines_than() {
  [ "$(grep -c -- "$2" "$3" || true)" -gt "$1" ]
}

# contains FILE TEXT
contains() {
  grep -qF -- "$2" "$1"
}
