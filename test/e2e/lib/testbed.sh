# The testbed: a cluster of namespaces with real programs. Source this, then call cluster_up.
#
#   remote1, remote2 --- [outside] --- ext0 gateway int0 --- [interconnect] --- alpha, beta, gamma
#
# TESTBED_WORKERS says how many workers the gateway has (default 1).
#
# A test file sources it, calls cluster_up and then `check` for each of its cases.
set -euo pipefail
shopt -s inherit_errexit
LIB=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
ROOT=$(realpath "$LIB/../../..")
BUILD_DIR=$(realpath -m "${BUILD_DIR:-$ROOT/build}")
ENCLUSTERD=$BUILD_DIR/enclusterd
NODES=(alpha beta gamma)
# shellcheck disable=SC2034  # for those who source this
LOGINS=(rlogin rsh rexec telnet ssh)
. "$LIB/build.sh"
. "$LIB/wait.sh"
. "$LIB/host.sh"
. "$LIB/network.sh"
. "$LIB/logins.sh"
. "$LIB/services.sh"
. "$LIB/ftp-server.sh"
. "$LIB/check.sh"

# testbed_sweep: removes what testbeds left behind whose owner was killed.
testbed_sweep() {
  local state
  for state in /run/encluster-testbed.*; do
    if [ -d "$state" ] && [ ! -e "$state/keep" ] && ! same_process "$state/owner"; then
      testbed_remove "$state"
    fi
  done
}

# testbed_remove STATE
testbed_remove() {
  hosts_down "$1"
  rm -rf "$1"
}

# testbed_open [STATE]: makes the state directory; it and all hosts are gone when the script ends. The
# lock: until the owner is written down, another script would take the directory for one left behind.
testbed_open() {
  [ "$(id -u)" -eq 0 ] || die "the testbed makes network namespaces: run this as root (sudo)"
  [ -x "$ENCLUSTERD" ] || die "no program $ENCLUSTERD: build it first (meson setup build; ninja -C build)"
  umask 022
  exec {lock}>/run/encluster-testbed.lock
  flock "$lock"
  testbed_sweep
  if [ $# -eq 0 ]; then
    STATE=$(mktemp -d /run/encluster-testbed.XXXXXX)
    chmod 755 "$STATE"
  else
    STATE=$1
    mkdir "$STATE"
  fi
  remember_process $$ >"$STATE/owner"
  exec {lock}>&-
  . "$LIB/gateway.sh"
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'testbed_close $?' EXIT
}

# testbed_close STATUS: keeps the logs of a failure where TESTBED_LOGS says, removes the rest.
testbed_close() {
  trap - EXIT
  local status=$1
  [ "$failures" -eq 0 ] || status=1
  if [ "$status" -ne 0 ] && [ -n "${TESTBED_LOGS:-}" ]; then
    mkdir -p "$TESTBED_LOGS"
    (cd "$STATE" && cp -a --parents ./*/log ./*.yaml ./*.pcap "$TESTBED_LOGS/") 2>/dev/null || true
  fi
  [ -e "$STATE/keep" ] || testbed_remove "$STATE"
  exit "$status"
}

# machines_up: all hosts, cabled, with names, users and login servers; enclusterd not yet started.
machines_up() {
  etc_up
  clients_up
  sed "s/^workers: .*/workers: ${TESTBED_WORKERS:-1}/" "$LIB/../config/gateway.yaml" \
    >"$STATE/gateway.yaml"
  switch_up
  local id host
  for id in 1 2; do
    host_up "remote$id"
    plug "remote$id" eth0 outside "192.0.2.10$id/24"
  done
  host_up gateway
  plug gateway ext0 outside
  plug gateway int0 interconnect
  host_exec gateway "$ROOT/scripts/node-setup" --node 0 --nodes 3 >"$STATE/gateway/log/node-setup"
  for id in 1 2 3; do
    node_up "$id" "${NODES[id - 1]}"
  done
  for host in remote1 remote2 gateway "${NODES[@]}"; do
    logins_up "$host"
  done
}

# node_up ID NAME: a node of the cluster, set up as an operator does it, unless node_setup is `no`.
node_setup=yes
node_up() {
  host_up "$2"
  plug "$2" eth0 interconnect "10.77.0.1$1/24"
  host_exec "$2" ip route add default via 10.77.0.1
  [ "$node_setup" = no ] || host_exec "$2" "$ROOT/scripts/node-setup" --node "$1" --nodes 3 \
    --gateway 10.77.0.1 >"$STATE/$2/log/node-setup"
}

# cluster_up: everything, with enclusterd ready.
cluster_up() {
  testbed_open "$@"
  machines_up
  gateway_start
}
