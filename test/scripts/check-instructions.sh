#!/bin/bash
# What scripts/check-instructions makes of figures; nothing is counted here.
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/check.sh
set -euo pipefail
. "$(dirname "$0")/../e2e/lib/wait.sh"
. "$(dirname "$0")/../e2e/lib/check.sh"
GUARD=$(realpath "$(dirname "$0")/../../scripts/check-instructions")
STATE=$(mktemp -d)
trap 'rm -rf "$STATE"' EXIT

# write FILE [NAME FIGURE]...
write() {
  local file=$STATE/$1
  shift
  echo "# Built by a compiler." >"$file"
  [ $# -eq 0 ] || printf '%-32s %8s\n' "$@" >>"$file"
}

# guarded STATUS [OPTION...]: how the guard ends, and what it says, in $STATE/said.
guarded() {
  local expected=$1 status=0
  shift
  "$GUARD" --committed "$STATE/committed" --counted "$STATE/counted" "$@" >"$STATE/said" 2>&1 ||
    status=$?
  cat "$STATE/said"
  equal "the exit status" "$status" "$expected"
}

# says TEXT
says() {
  grep -F -- "$1" "$STATE/said" >/dev/null || die "it does not say '$1'"
}

# costs STATUS COMMITTED NOW TEXT: of two paths the second changes.
costs() {
  write committed "a path, 1 M" 1000.0 "another path" "$2"
  write counted "a path, 1 M" 1000.0 "another path" "$3"
  guarded "$1"
  says "$4"
}
check "the same figures pass" costs 0 443.8 443.8 "2 passed, 0 failed"
check "9 % more passes" costs 0 100.0 109.0 "2 passed, 0 failed"
check "10 % more passes" costs 0 100.0 110.0 "2 passed, 0 failed"
check "a tenth of an instruction beyond 10 % fails" costs 1 100.0 110.1 "1 passed, 1 failed"
check "a path that costs 10 times as much is named" costs 1 99.9 999.0 "not ok another path"
check "whoever fails learns what to do" costs 1 100.0 120.0 "check-instructions --update"
check "10 % less passes without more words" costs 0 100.0 90.0 "-10.0 %"
check "a path that became cheaper passes, but should be updated" \
  costs 0 100.0 89.9 "cheaper: update the figure"

paths() { # STATUS TEXT
  guarded "$1"
  says "$2"
}
write committed "a path" 100.0 "another path" 100.0
write counted "a path" 100.0
check "a path that is not counted any more fails" paths 1 "not counted any more"
write committed "a path" 100.0
write counted "a path" 100.0 "another path" 100.0
check "a path that is not among the committed fails" paths 1 "not among the committed"
write committed
write counted
check "no paths at all fail" paths 1 "0 passed, 0 failed"
write counted "a path" 100.0
write committed "a path" 100.0 "a path" 120.0
check "a path that is committed twice is refused" paths 1 "committed:3:"
write committed "a path" 0.0
check "a path that costs nothing is refused" paths 1 "committed:2:"
write committed "<<<<<<<" HEAD "a path" 100.0
check "the marks of a conflict are refused" paths 1 "committed:2:"
write committed "a path" 100.0
sed -i 's/by a compiler/by another compiler/' "$STATE/committed"
write counted "a path" 120.0
check "whoever fails learns of another compiler" \
  paths 1 "of another compiler. These are of a compiler."
rm "$STATE/committed"
check "without committed figures it fails" paths 1 "--update writes it"

updated() {
  guarded 0 --update
  guarded 0
  says "+0.0 %"
}
write committed "a path" 100.0
check "an update makes the figures pass" updated
check "another argument is wrong usage" guarded 2 --updates
[ "$failures" -eq 0 ]
