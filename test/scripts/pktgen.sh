#!/bin/bash
# What the scripts of bench/pktgen do, without Pktgen: pktgen.lua takes its place.
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/check.sh
set -euo pipefail
HERE=$(realpath "$(dirname "$0")")
. "$HERE/../e2e/lib/wait.sh"
. "$HERE/../e2e/lib/check.sh"
SCRIPTS=$(realpath "$HERE/../../bench/pktgen")
STATE=$(mktemp -d)
trap 'rm -rf "$STATE"' EXIT

for file in "$SCRIPTS"/*.lua; do
  check "${file##*/} is Lua" luac5.3 -p "$file"
done

cat >"$STATE/profile.lua" <<'LUA'
return {
  handshake = {{port = 0, frames = 250000}, {port = 1, frames = 250000}},
  senders = {0},
  timed = {[0] = {source_mac = "", target_mac = "", source = "", target = "", source_port = 1}},
}
LUA

# says CAPACITY SCRIPT TEXT...: with a gateway that carries so many frames a second.
says() {
  local capacity=$1 script=$2 text
  shift 2
  rm -f "$STATE/result"
  CAPACITY=$capacity PROFILE=$STATE RESULT=$STATE/result lua5.3 "$HERE/pktgen.lua" "$SCRIPTS/$script"
  for text in "$@"; do
    grep -F -- "$text" "$STATE/result" || die "it does not say '$text'"
  done
}

# finds CAPACITY LEAST: the highest rate is at most the capacity, and at least this.
finds() {
  says "$1" throughput.lua "highest rate with at most 0 % lost"
  awk -v least="$2" -v most="$1" '/^highest/ { found = $9 * 1e6 }
    END { exit !(found >= least && found <= most) }' "$STATE/result" ||
    die "$(grep ^highest "$STATE/result")"
}
check "the highest rate is found" finds 3141592 3125000
check "a low rate is found" finds 43210 42900
check "a gateway that carries all is measured at the line's rate" finds 10000000 10000000
check "a gateway that carries nothing fails" says 0 throughput.lua "failed: frames are lost"
LOSS=50 check "half of the frames may be lost, where that is tolerated" says 5000000 throughput.lua \
  "highest rate with at most 50 % lost: 10.000 Mpps"
check "latency is measured at 10, 50 and 90 %" says 10000000 throughput.lua "latency at 10 %" \
  "latency at 50 %" "latency at 90 %" "least 1.0 us, mean 2.0, most 3.0, of 4 datagrams"
check "a handshake sends each step once" says 10000000 handshake.lua \
  "port 0: 250000 of 250000" "port 1: 250000 of 250000" "connected"
check "a handshake that loses frames fails" says 99999 handshake.lua \
  "failed: some connections are missing"
LINK=down check "a port without link is said" says 1 handshake.lua "failed: a port has no link"
[ "$failures" -eq 0 ]
