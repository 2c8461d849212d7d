#!/bin/bash
# A SYN flood, with logins before and during it. FLOOD_SECONDS: how long (15). FLOOD_RATE: how fast, as
# trafgen takes it, which then sends the packets of a second all at once; empty: as fast as it can. The
# default fills the table of handshakes within two seconds.
# Runs alone: logins beside the flood have bounds of time.
FLOOD_RATE=${FLOOD_RATE-50000pps}
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
# shellcheck source=../lib/syn-flood.sh
. "$LIB/syn-flood.sh"
mkdir "$FLOOD"
machines_up
router_up
# The flood has one processor, a single worker the other.
[ "${TESTBED_WORKERS:-1}" -gt 1 ] || echo "cpus: [1]" >>"$STATE/gateway.yaml"
gateway_start

new_logins() {
  local number protocol
  for number in {0..19}; do
    protocol=${LOGINS[number % 5]}
    served_by remote$((1 + number % 2)) "$protocol" cluster >"$FLOOD/login" || die "login $number by $protocol failed"
    grep -qE '^(alpha|beta|gamma|gateway)$' "$FLOOD/login" || die "login $number went to '$(cat "$FLOOD/login")'"
  done
}

without_entries() {
  gateway_ask
  [ "$(gateway_value flooded)" -gt 0 ] || die "no worker is flooded"
  [ "$(gateway_value syns_by_hash)" -gt 0 ] || die "no SYN was scheduled by hash"
  gateway_drops | grep '^syn_flood ' >/dev/null || die "no SYN was refused until it is repeated"
}

streams_up
flood_start
sleep 3
check "20 of 20 new logins succeed during the flood" new_logins
flood_wait "${FLOOD_SECONDS:-15}"
check "the flood filled the table, was scheduled without entries, and refused as too fast" without_entries
flood_stop
streams_stop
check "$STREAMS logins lost no byte in either direction" streams_whole
echo "# $(cat "$FLOOD"/*.received | wc -c) bytes came back"
