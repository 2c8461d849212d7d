#!/bin/bash
# Agents find what their nodes export: the gateway's configuration says nothing of keys and ports.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/agents.sh"
# shellcheck source=/dev/null
. "$LIB/nfs.sh"
agents_prepare
nfs_prepare
BOOK=$STATE/gateway/exports.yaml
sed -i -e "/^agents:/s|}\$|, exports_file: $BOOK, allow: [{node: beta, exports: [/export/beta]}]}|" \
  "$STATE/gateway.yaml"
cat >>"$STATE/gateway.yaml" <<'END_OF_CONFIG'
  - {name: mount, port: 20048/udp, plugin: mount}
  - {name: nfs, port: 2049/udp, plugin: nfs}
exports:
  - {path: /export/alpha, node: alpha}
END_OF_CONFIG
for node in "${NODES[@]}"; do
  cat >>"$STATE/agents/$node/agent.yaml" <<END
exports:
  - {path: /export/$node, directory: $(ganesha_data "$node"), id: 1}
END
done
# Gamma's server says of its file system what alpha's says.
# shellcheck disable=SC2034,SC2154  # tables of nfs.sh, by name
NFS_ID[gamma]=${NFS_ID[alpha]} MOUNT_PORT[gamma]=20048
for node in "${NODES[@]}"; do
  ganesha_up "$node"
done
for node in alpha beta; do
  head -c 20000000 /dev/urandom >"$STATE/20MB.$node"
done
head -c 100000000 /dev/urandom >"$STATE/100MB"
gateway_start
agents_up

# logged LOG TEXT...: whether a line of the log has all the texts.
logged() {
  local lines text
  lines=$(cat "$1")
  for text in "${@:2}"; do
    lines=$(grep -F -- "$text" <<<"$lines") || return 1
  done
}

# mounts PATH [HOST]: whether the cluster gives a handle for the path.
mounts() {
  [[ $(nfs "${2:-remote1}" mnt "$1") == "mnt 0 "* ]]
}

there_and_back() {
  wait_until 10 mounts "/export/$1" || die "no handle of /export/$1: $(nfs remote1 mnt "/export/$1")"
  nfs_there_and_back remote1 "$1" 8192
}
check "20 MB to alpha and back, whose key nobody has configured" there_and_back alpha
check "20 MB to beta and back, of whose export and mountd nobody has said anything" there_and_back beta

booked() {
  logged "$BOOK" 'path: "/export/alpha", key: "ganesha:257"' || die "no key of alpha in: $(cat "$BOOK")"
  logged "$BOOK" 'path: "/export/beta", key: "ganesha:513"' || die "no key of beta in: $(cat "$BOOK")"
  logged "$BOOK" "mount_port: 892" || die "no port of beta's mountd in: $(cat "$BOOK")"
}
check "what was found is kept in a file" booked

# told_of NODE REASON MORE...: gateway and node say what is wrong with the node's export.
told_of() {
  local node=$1 reason=$2
  wait_until 10 logged "$GATEWAY_LOG" event=export_refused "node=$node" "reason=$reason" "${@:3}" ||
    die "the gateway does not say $reason: $(grep event=export "$GATEWAY_LOG" | tail -1)"
  wait_until 10 logged "$STATE/$node/log/agent" event=export_refused "reason=$reason" "${@:3}" ||
    die "the agent of $node does not say $reason: $(grep event=export "$STATE/$node/log/agent" | tail -1)"
}
not_allowed() {
  told_of gamma not-allowed path=/export/gamma
  ! mounts /export/gamma || die "it is mounted all the same"
}
check "an export that the gateway's configuration does not allow is refused, and named" not_allowed

# Alpha was first: its handles lead to alpha.
collides() {
  local handle
  sed -i -e 's|{node: beta, exports: \[/export/beta\]}|&, {node: gamma, exports: [/export]}|' "$STATE/gateway.yaml"
  gateway_reload
  told_of gamma key-taken path=/export/gamma owner=alpha other=/export/alpha
  told_of gamma fsid-taken path=/export/gamma owner=alpha other=/export/alpha
  handle=$(nfs remote1 mnt /export/alpha)
  equal "the handle of /export/alpha" "$handle" "$(host_exec beta timeout 10 "$STATE/bin/nfs" 10.77.0.11 20048 mnt /export/alpha)"
  nfs_there_and_back remote1 alpha 8192
}
check "a key or a file system number that another node has is refused, and named" collides

ganesha_gone() {
  ! host_exec "$1" pgrep -x ganesha.nfsd >/dev/null
}

# ganesha_again NODE: the node's server, with the export that its agent writes.
ganesha_again() {
  host_exec "$1" pkill -x ganesha.nfsd
  wait_until 20 ganesha_gone "$1" || die "Ganesha of $1 does not end"
  ganesha_config "$1" | sed '/^EXPORT {/,/^}/d' >"$STATE/$1/nfs/ganesha.conf"
  host_exec "$1" "$ENCLUSTER_AGENT" exports ganesha --config "$STATE/agents/$1/agent.yaml" >>"$STATE/$1/nfs/ganesha.conf"
  chmod 1777 "$(ganesha_data "$1")"
  host_daemon "$1" ganesha.err ganesha.nfsd -F -f "$STATE/$1/nfs/ganesha.conf" \
    -L "$STATE/$1/log/ganesha" -p /run/ganesha/ganesha.pid
  wait_until 20 ganesha_answers "$1" || die "Ganesha of $1 does not answer after 20 s"
}
settled() {
  ganesha_again gamma
  wait_until 20 logged "$GATEWAY_LOG" event=export_settled node=gamma reason=key-taken ||
    die "the collision is not over: $(grep event=export "$GATEWAY_LOG" | tail -1)"
  nfs remote1 put 8192 /export/gamma file "$STATE/20MB.alpha" >/dev/null
  cmp "$STATE/20MB.alpha" "$(ganesha_data gamma)/file"
}
check "with numbers from encluster-agent exports, the export is taken" settled

# The tree of each node is that of all others, and its own at the same place.
tree() {
  local lines
  lines=$(host_exec alpha "$ENCLUSTER_AGENT" mounts fstab --config "$STATE/agents/alpha/agent.yaml")
  equal "the lines for alpha's fstab" "$(tail -n +2 <<<"$lines")" "$(ganesha_data alpha) /export/alpha none bind 0 0
10.77.0.12:/export/beta /export/beta nfs hard,nofail,_netdev 0 0
10.77.0.13:/export/gamma /export/gamma nfs hard,nofail,_netdev 0 0"
}
check "a node hears how to mount what the others export" tree

# No agent of alpha tells the next gateway where the handles of its clients lead.
without_agent() {
  local back=$STATE/remote1/100MB job
  nfs remote1 put 8192 /export/alpha 100MB "$STATE/100MB" >/dev/null
  agent_stop alpha KILL
  nfs remote1 get 32768 /export/alpha 100MB "$back" >"$STATE/copied" &
  job=$!
  wait_until 20 test -s "$back" || die "the get does not begin"
  gateway_stop KILL
  [ "$(stat -c %s "$back")" -lt 100000000 ] || die "the get had ended before the crash"
  gateway_start
  wait "$job" || die "the get failed: $(cat "$STATE/copied")"
  cmp "$STATE/100MB" "$back"
}
check "a copy goes on after kill -9 of the gateway, though the node's agent is gone" without_agent

# A gateway that has never heard of the exports: nothing is denied before the agents have told.
without_book() {
  local back=$STATE/remote1/100MB job watcher refused
  agent_start alpha
  rm "$back"
  # A copy repeats its calls too seldom to be sure to meet the time in which nothing is known.
  host_exec remote1 env IMPATIENT=10 "$STATE/bin/nfs" 192.0.2.1 20048 watch "$(nfs remote1 mnt /export/alpha | cut -d' ' -f3)" \
    >"$STATE/watched" 2>&1 &
  watcher=$!
  nfs remote1 get 32768 /export/alpha 100MB "$back" >"$STATE/copied" &
  job=$!
  wait_until 20 test -s "$back" || die "the get does not begin"
  gateway_stop KILL
  rm "$BOOK"
  gateway_start
  wait "$job" || die "the get failed: $(cat "$STATE/copied")"
  cmp "$STATE/100MB" "$back"
  booked
  host_exec remote1 pkill -TERM -f "nfs .* watch " || die "the watch has ended: $(cat "$STATE/watched")"
  wait "$watcher" || die "a call was denied: $(cat "$STATE/watched")"
  refused=$(gateway_drops | sed -n 's/^recovering //p')
  [ "${refused:-0}" -gt 0 ] || die "no call came while the gateway knew nothing"
}
check "a copy goes on after kill -9 of the gateway, though its file is gone" without_book
