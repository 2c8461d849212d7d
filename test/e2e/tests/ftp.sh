#!/bin/bash
# ftp, whose second connection goes either way: to a port of the server's slice, or from its port 20.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
machines_up
cat >>"$STATE/gateway.yaml" <<'END'
  - {name: ftp, port: 21/tcp, node: alpha}
  - {name: ftp-from-slice, port: 2121/tcp, node: alpha}
  - {name: ftp-on-all, port: 2100/tcp, plugin: login, nodes: [alpha, beta, gamma]}
END
gateway_start
# First ports of the slices: 24576, 32768, 40960.
ftp_up alpha 21 25000
ftp_up alpha 2121 25100 connect_from_port_20=NO
ftp_up alpha 2100 25200
ftp_up beta 2100 33000
ftp_up gamma 2100 41000

head -c 5000000 /dev/urandom >"$STATE/file"
readonly MODES=(active extended-active passive extended-passive)
capture_start "$STATE/data.pcap" gateway.ext0 -s 96 'tcp[13] & 2 != 0 and not port 21 and not port 2121 and not port 2100'

# holder FILE: the nodes on which the file has arrived whole.
holder() {
  local node
  for node in "${NODES[@]}"; do
    if host_exec "$node" cmp -s "/run/guest/$1" "$STATE/file"; then
      echo "$node"
    fi
  done
}

# there_and_back MODE PORT NAME: 5 MB to the cluster and back in one session; prints the node.
there_and_back() {
  local url=ftp://cluster:$2/$3 back=$STATE/remote1/$3
  ftp_curl remote1 "$1" "$2" -T "$STATE/file" "$url" --next -sS --max-time 30 -u guest:secret \
    "${@:4}" -o "$back" "$url"
  cmp "$STATE/file" "$back" || die "the file came back changed"
  holder "$3" | grep . || die "the file is whole on no node"
}

both_ways() {
  local options node
  read -ra options <<<"$(ftp_mode "$1")"
  node=$(there_and_back "$1" "$2" "$1.$2" "${options[@]}")
  equal "the node that has the file" "$node" alpha
}
for mode in "${MODES[@]}"; do
  check "5 MB each way to the server of one node, $mode" both_ways "$mode" 21
done
check "5 MB each way, active from the slice" both_ways active 2121
check "5 MB each way, extended active from the slice" both_ways extended-active 2121

# Three sessions in a row, three nodes: each with its own second connections.
each_node() {
  local options nodes
  read -ra options <<<"$(ftp_mode "$1")"
  nodes=$(for n in 1 2 3; do there_and_back "$1" 2100 "$1.$n" "${options[@]}"; done | sort | xargs)
  equal "the nodes that served" "$nodes" "${NODES[*]}"
}
for mode in "${MODES[@]}"; do
  check "5 MB each way to every node in turn, $mode" each_node "$mode"
done

# The stock client at its prompt.
prompt() {
  printf '%s\n' "user guest secret" binary "put $STATE/file stock" "get stock $STATE/remote1/stock" quit |
    host_exec remote1 timeout 30 tnftp -n "$1" cluster
  cmp "$STATE/file" "$STATE/remote1/stock"
  equal "the node that has the file" "$(holder stock)" alpha
  host_exec alpha rm /run/guest/stock
  rm "$STATE/remote1/stock"
}
check "Debian's ftp client, active" prompt -A
check "Debian's ftp client, passive" prompt -p

# opened FILTER: second connections that were opened so.
opened() {
  tcpdump -n -r "$STATE/data.pcap" "tcp[13] & 16 == 0 and $1" 2>/dev/null | wc -l
}
second_connections() {
  capture_stop "$STATE/data.pcap"
  [ "$(opened 'src host 192.0.2.1 and src port 20')" -gt 0 ] || die "none came from port 20"
  [ "$(opened 'src host 192.0.2.1 and src portrange 24576-32767')" -gt 0 ] || die "none from alpha's slice"
  [ "$(opened 'dst host 192.0.2.1 and dst portrange 25000-25099')" -gt 0 ] || die "none to alpha's slice"
  [ "$(opened 'dst host 192.0.2.1 and dst portrange 41000-41099')" -gt 0 ] || die "none to gamma's slice"
  equal "others" "$(opened 'not port 20 and not portrange 24576-49151')" 0
}
check "second connections use port 20 and the servers' slices" second_connections
