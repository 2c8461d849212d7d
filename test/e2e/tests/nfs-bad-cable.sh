#!/bin/bash
# NFS over UDP on a cable that loses and reorders: fragments come in any order, some never, and calls
# and answers again. Every result must be right.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/nfs.sh"
testbed_open
machines_up
nfs_up alpha beta
export IMPATIENT=100
# So many parts of datagrams, kept for half a minute each, would be more than a kernel keeps.
for host in remote1 alpha beta; do
  host_exec "$host" sysctl -qw net.ipv4.ipfrag_time=2
done
disturb_up remote1 10 200

# disturbed: the last copy had calls sent again: the cable is bad indeed.
disturbed() {
  ! tail -1 "$STATE/measured" | grep ' 0 calls sent again' >/dev/null || die "no call was lost"
}
there_and_back() {
  nfs_there_and_back remote1 "$1" "$2"
  disturbed
}
check "20 MB each way, 8192 bytes a block, 1 % lost and 20 % reordered" there_and_back alpha 8192
check "20 MB each way, 32768 bytes a block, 1 % lost and 20 % reordered" there_and_back beta 32768
sed 's/^/# /' "$STATE/measured"

# The gateway keeps parts for five seconds; it gives up what never comes, and nothing else.
only_incomplete() {
  local reasons
  reasons=$(gateway_drops | awk '$1 ~ /^fragment/ {print $1}' | xargs)
  [ -z "$reasons" ] || equal "reasons for which fragments were dropped" "$reasons" fragment_timeout
}
check "the gateway dropped no fragment but those whose first never came" only_incomplete

# 500 calls: CREATE, LOOKUP, GETATTR, REMOVE.
churns() {
  nfs remote1 churn "/export/$1" 125 >"$STATE/churned"
  ! grep ' 0 sent again' "$STATE/churned" >/dev/null || die "no call was lost"
  equal "files left" "$(find "$(ganesha_data "$1")" -name 'churn-*' | wc -l)" 0
}
disturb_again remote1 200 0
check "500 calls without fragments, 20 % lost: all results are right" churns beta
echo "# $(cat "$STATE/churned")"
