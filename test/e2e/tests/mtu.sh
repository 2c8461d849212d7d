#!/bin/bash
# Links of different MTUs: an interconnect of 9000 bytes, an outside of 1500, and behind a router a
# link of 1300 that nobody knows of before an ICMP error says so.
. "$(dirname "$0")/../lib/testbed.sh"
readonly FAR=198.51.100.7
testbed_open
machines_up
sed -i '/^interconnect:/s/}/, mtu: 9000}/' "$STATE/gateway.yaml"
cables_mtu interconnect 9000

# The far host's own MTU is 1500, so that its SYN does not give the narrow link away.
bridge_up narrow
host_up far
plug far eth0 narrow $FAR/24
host_exec far ip route add default via 198.51.100.254
host_up router
plug router eth0 outside 192.0.2.254/24
plug router eth1 narrow 198.51.100.254/24
host_exec router ip link set eth1 mtu 1300
host_exec router sysctl -qw net.ipv4.ip_forward=1
gateway_start

head -c 50000000 /dev/urandom >"$STATE/file"
digest=$(sha256sum <"$STATE/file")
printf '#!/bin/bash\nread -r _\nprintf "HTTP/1.0 200 OK\\r\\n\\r\\n"\ncat %s\n' "$STATE/file" >"$STATE/bin/web"
chmod +x "$STATE/bin/web"
# web_up HOST PORT: a server that gives the file to whoever asks.
web_up() {
  host_daemon "$1" web socat "TCP4-LISTEN:$2,reuseaddr,fork" "EXEC:$STATE/bin/web"
  wait_until 10 listening "$1" "$2" || die "the web server of $1 does not listen on port $2"
}
web_up alpha 25080
web_up remote1 7080

# fetches HOST SERVER PORT: the host downloads the file by curl.
fetches() {
  equal "the digest" "$(host_exec "$1" curl -sS --max-time 120 "http://$2:$3/file" | sha256sum)" "$digest"
}
capture_start "$STATE/outside.pcap" gateway.ext0 -s 64
check "a remote fetches 50 MB from a node behind jumbo frames" fetches remote1 cluster 25080
check "a node fetches 50 MB from a remote" fetches beta remote1 7080
check "a far host fetches 50 MB across the narrow link" fetches far 192.0.2.1 25080

path_known() {
  host_exec alpha ip route get $FAR | grep 'mtu 1300' >/dev/null ||
    die "alpha has not heard of the narrow link: $(host_exec alpha ip route get $FAR | xargs)"
}
check "the node has learnt the MTU of the path from the router's error" path_known

# big_ping HOST ADDRESS BYTES OPTION...: prints what ping says.
big_ping() {
  host_exec "$1" ping -n -s "$3" -c 2 -i 0.2 -W 2 "${@:4}" "$2" 2>&1 || true
}
divided() {
  big_ping gamma 192.0.2.101 8000 -M dont | grep ' 2 received' >/dev/null || die "no answer to 8000 bytes"
}
check "a node's datagrams of 8000 bytes leave in fragments" divided
told() {
  big_ping gamma 192.0.2.101 8000 -M "do" | grep 'mtu.*1500' >/dev/null || die "gamma was not told of the MTU"
}
check "a node is told the MTU of what must not be fragmented" told
told_by_router() {
  host_exec beta ip route flush cache
  big_ping beta $FAR 1400 -M "do" | grep 'mtu.*1300' >/dev/null || die "beta was not told of the MTU"
}
check "a router's error reaches the node whose echo was too big" told_by_router

no_long_frame() {
  capture_stop "$STATE/outside.pcap"
  equal "the longest frame outside" "$(longest_frame "$STATE/outside.pcap")" 1514
}
check "no frame outside is too long" no_long_frame
