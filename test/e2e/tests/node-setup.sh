#!/bin/bash
# scripts/node-setup on machines of their own.
. "$(dirname "$0")/../lib/testbed.sh"
testbed_open
etc_up
host_up node
setup() {
  host_exec node "$ROOT/scripts/node-setup" "$@"
}

exits_with() {
  local expected=$1 status=0
  shift
  setup "$@" || status=$?
  equal "the exit status" "$status" "$expected"
}
slice_is() {
  exits_with 0 --node "$1" --nodes "$2"
  equal "the port range" "$(host_exec node cat /proc/sys/net/ipv4/ip_local_port_range | xargs)" "$3"
}
check "--help" exits_with 0 --help
check "no slice is wrong usage" exits_with 2
check "a node above the highest is wrong usage" exits_with 2 --node 4 --nodes 3
check "a slice out of order is wrong usage" exits_with 2 --slice 30000-20000
check "--check tells of a machine that is not set up" exits_with 1 --slice 24576-32767 --check
check "--slice sets the range" exits_with 0 --slice 24576-32767
check "--check finds it well afterwards" exits_with 0 --slice 24576-32767 --check
check "the gateway has the first slice" slice_is 0 3 "16384 24575"
check "node 1 of 3 has 8192 ports" slice_is 1 3 "24576 32767"
check "node 3 of 3 has the next but one" slice_is 3 3 "40960 49151"
check "node 1 of 1 has half of a power of two" slice_is 1 1 "32768 49151"
check "node 2 of 2 has 16384 ports" slice_is 2 2 "49152 65535"
check "node 4 of 4 has 8192 ports" slice_is 4 4 "49152 57343"

reserved() {
  exits_with 0 --slice 24576-32767 --reserve 513,30000,30001
  exits_with 0 --slice 24576-32767 --reserve 30001,27017
  equal "the reserved ports" \
    "$(host_exec node cat /proc/sys/net/ipv4/ip_local_reserved_ports)" "27017,30000-30001"
}
check "service ports inside the slice are reserved, once" reserved
check "a missing default route is told" exits_with 1 --slice 24576-32767 --gateway 10.77.0.1

host_keys() {
  host_exec node ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub >"$STATE/keys"
  exits_with 0 --slice 24576-32767 --host-keys "$STATE/keys"
  sed -i 's/SHA256:./SHA256:-/' "$STATE/keys"
  exits_with 1 --slice 24576-32767 --host-keys "$STATE/keys"
}
check "ssh host keys are compared" host_keys
containers() {
  setup --slice 24576-32767 | grep -F 'masquerade to :24576-32767'
}
check "the rule for containers is shown" containers
