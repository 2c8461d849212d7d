# Cables: the host `switch` holds one bridge for the outside and one for the interconnect.

switch_up() {
  host_up switch
  local bridge
  for bridge in outside interconnect; do
    bridge_up "$bridge"
  done
}

bridge_up() {
  host_exec switch ip link add "$1" type bridge stp_state 0 mcast_snooping 0
  host_exec switch sysctl -qw "net.ipv6.conf.$1.disable_ipv6=1"
  host_exec switch ip link set "$1" up
}

# laboratory_up: a second network, on which remote3 knows the cluster as lab-cluster, and a router
# between both networks. Before gateway_start.
laboratory_up() {
  bridge_up laboratory
  host_up remote3
  plug remote3 eth0 laboratory 203.0.113.103/24
  host_up router
  plug router eth0 outside 192.0.2.254/24
  plug router eth1 laboratory 203.0.113.254/24
  host_exec router sysctl -qw net.ipv4.ip_forward=1
  plug gateway ext1 laboratory
  local network='{name: laboratory, device: "net_af_packet2,iface=ext1", address: 203.0.113.1/24}'
  sed -i "/name: campus/a\\  - $network" "$STATE/gateway.yaml"
}

# plug HOST INTERFACE BRIDGE [ADDRESS/LENGTH]: a cable from the host's new interface to the bridge.
plug() {
  local host=$1 interface=$2 bridge=$3 address=${4:-} port=$1.$2 pid
  read -r pid _ <"$STATE/$host/pid"
  nsenter -t "$(cut -d' ' -f1 "$STATE/switch/pid")" -n \
    ip link add "$port" type veth peer name "$interface" netns "$pid"
  host_exec switch sysctl -qw "net.ipv6.conf.${port/./\/}.disable_ipv6=1"
  host_exec switch ip link set "$port" master "$bridge" up
  offloads_off switch "$port"
  offloads_off "$host" "$interface"
  [ -z "$address" ] || host_exec "$host" ip addr add "$address" dev "$interface"
  host_exec "$host" ip link set "$interface" up
}

# A NIC finishes checksums and cuts segments; a cable of two kernel interfaces does neither, and a
# program that reads raw frames from it would see packets that never exist on a wire.
offloads_off() {
  host_exec "$1" ethtool -K "$2" tx off rx off sg off tso off gso off gro off >/dev/null
}

# capture_start FILE INTERFACE FILTER...: records frames at the switch until capture_stop FILE. Without
# --immediate-mode, the kernel keeps frames back for a second and more, and a busy one never tells them.
capture_start() {
  local file=$1 interface=$2
  shift 2
  # What an earlier capture of this name said would be taken for this one's.
  rm -f "$file" "$file.log"
  # shellcheck disable=SC2016  # the inner shell expands
  host_exec switch sh -c 'echo $$ >"$1.pid"; exec tcpdump --immediate-mode -B 16384 -Z root -U -n -w "$@"' sh \
    "$file" -i "$interface" "$@" 2>"$file.log" &
  wait_until 10 grep -qs 'listening on' "$file.log" || die "tcpdump did not start: $(tail -1 "$file.log")"
}

# capture_stop FILE: ends the capture and waits until its file is whole. What tcpdump has not read when
# it is ended is lost: it is left until nothing comes, or for some seconds where something always does.
capture_stop() {
  local size before=-1
  for _ in 1 2 3 4; do
    size=$(stat -c %s "$1")
    [ "$size" != "$before" ] || break
    before=$size
    sleep 2.5
  done
  host_exec switch kill -INT "$(cat "$1.pid")"
  wait_until 10 grep -Eq 'packets? captured' "$1.log" || die "tcpdump did not end: $(tail -1 "$1.log")"
}

# outside_watch: from now on, frames of an inside address on the gateway's outside cable are recorded.
outside_watch() {
  capture_start "$STATE/outside.pcap" gateway.ext0 net 10.77.0.0/24 or arp net 10.77.0.0/24
}

# no_inside_address: there was none.
no_inside_address() {
  capture_stop "$STATE/outside.pcap"
  equal "what was seen" "$(frames "$STATE/outside.pcap")" ""
}

# frames FILE: what was captured, one line a frame.
frames() {
  tcpdump -n -e -r "$1" 2>/dev/null
}

# cables_mtu BRIDGE MTU: sets the MTU of the bridge's cables, but for the ends that are the gateway's
# devices: enclusterd sets those.
cables_mtu() {
  local port
  for port in $(host_exec switch ls "/sys/class/net/$1/brif"); do
    host_exec switch ip link set "$port" mtu "$2"
    [ "${port%%.*}" = gateway ] || host_exec "${port%%.*}" ip link set "${port#*.}" mtu "$2"
  done
}

# longest_frame FILE: bytes of the longest frame captured.
longest_frame() {
  frames "$1" | grep -o ', length [0-9]*: ' | grep -o '[0-9]*' | sort -n | tail -1
}

# behind HOST TAP COMMAND...: the command stands between the host's eth0 and the TAP, to which eth0's
# addresses, MAC address and default route move. Its program is told both, and prints `ready`.
behind() {
  local host=$1 tap=$2 log=$STATE/$1/log/$2 address router
  shift 2
  address=$(host_exec "$host" ip -4 -br addr show dev eth0 | awk '{print $3}')
  router=$(host_exec "$host" ip -4 route show default | awk '{print $3}')
  host_exec "$host" ip addr flush dev eth0
  host_exec "$host" ip tuntap add "$tap" mode tap
  host_exec "$host" ip link set "$tap" \
    address "$(host_exec "$host" cat /sys/class/net/eth0/address)" up
  host_daemon "$host" "$tap" "$@"
  wait_until 10 grep -q ready "$log" || die "no $tap on $host: $(tail -1 "$log")"
  host_exec "$host" ip addr add "$address" dev "$tap"
  [ -z "$router" ] || host_exec "$host" ip route replace default via "$router"
}

# client_built NAME: compiles clients/NAME.c, once.
client_built() {
  mkdir -p "$STATE/bin"
  [ -x "$STATE/bin/$1" ] || cc -O2 -Wall -Wextra -Werror -o "$STATE/bin/$1" "$LIB/../clients/$1.c"
}

# vlan_up HOST ID: the host's eth0 sends and hears frames of this VLAN only: its addresses and default
# route move to eth0.ID.
vlan_up() {
  client_built vlan
  behind "$1" "eth0.$2" "$STATE/bin/vlan" eth0 "$2" "eth0.$2"
}

# disturb_up HOST LOSS REORDER: of a thousand frames each way, so many are lost, and so many come after
# the next one.
disturb_up() {
  client_built disturb
  # Its own kernel must not hear what the program has not passed on.
  host_exec "$1" nft "add table netdev bad; add chain netdev bad in { type filter hook ingress device \"eth0\" priority 0; policy drop; }"
  host_exec "$1" ip link set eth0 arp off
  behind "$1" bad0 "$STATE/bin/disturb" eth0 bad0 "$2" "$3"
}

# disturb_again HOST LOSS REORDER: other numbers from now on.
disturb_again() {
  host_exec "$1" pkill -KILL -x disturb
  : >"$STATE/$1/log/bad0"
  host_daemon "$1" bad0 "$STATE/bin/disturb" eth0 bad0 "$2" "$3"
  wait_until 10 grep -q ready "$STATE/$1/log/bad0" || die "no bad cable on $1"
}

# vlan_offload HOST INTERFACE on|off: whether the kernel carries tags beside the frame.
vlan_offload() {
  host_exec "$1" ethtool -K "$2" rxvlan "$3" txvlan "$3" >/dev/null
}
