# Guests: a Linux of its own within a host, by User-mode Linux, where the kernel itself is what is tested.

# guests_prepare: has the kernel ready, and tells what else is beside it. After testbed_open.
guests_prepare() {
  UML=$("$ROOT/scripts/build-uml" | tail -1)
  # shellcheck disable=SC2034  # for those who source this
  UML_TREE=${UML%/*}/tree.tar
}

# guest_up HOST MEGABYTES [OPTION...]: from now on the host's Linux is a guest, which has the addresses and
# the default route of the host's eth0. Its root is that of the host, for reading; /run, /mnt, /srv and
# /tmp are its own. It is gone with the host. Options are for its kernel: `ubda=FILE` is the disk
# /dev/ubda.
guest_up() {
  local host=$1 dir=$STATE/$1/guest address router
  address=$(host_exec "$host" ip -4 -br addr show dev eth0 | awk '{print $3}')
  router=$(host_exec "$host" ip -4 route show default | awk '{print $3}')
  guest_cable "$host"
  mkdir "$dir"
  mkfifo "$dir/console"
  head -c 64 /dev/urandom >"$dir/seed"
  # shellcheck disable=SC2016  # the inner shell expands
  host_daemon "$host" guest sh -c 'exec "$@" <>"$0"' "$dir/console" "$UML" "mem=$2M" \
    "umid=$host" "uml_dir=$dir" rootfstype=hostfs rootflags=/ ro "init=$LIB/guest-init" \
    "vec0:transport=tap,ifname=guest,depth=64,gro=0" quiet panic=-1 \
    "${@:3}" "state=$STATE" "guest=$host" "address=$address" "router=$router"
  wait_until 30 test -e "$dir/ready" || die "the guest of $host is not up after 30 s: $(tail -1 "$STATE/$host/log/guest")"
}

# guest_cable HOST: the host's eth0 is no more than where the guest's cable goes on.
guest_cable() {
  host_exec "$1" ip addr flush dev eth0
  host_exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  host_exec "$1" ip link add cable type bridge stp_state 0 mcast_snooping 0
  host_exec "$1" ip tuntap add guest mode tap
  offloads_off "$1" guest
  local interface
  for interface in eth0 guest; do
    host_exec "$1" ip link set "$interface" master cable up
  done
  host_exec "$1" ip link set cable up
}

# guest_exec HOST COMMAND...: runs the command as root in the guest, starting in /. Not for more than ten
# minutes.
guest_exec() {
  local host=$1 dir=$STATE/$1/guest job
  job=$(mktemp "$dir/job.XXXXXX")
  printf '%q ' "${@:2}" >"$job"
  echo "${job##*/}" 1<>"$dir/console"
  wait_until 600 test -e "$job.status" || die "the guest of $host has not done in 10 min: ${*:2}"
  cat "$job.out"
  cat "$job.err" >&2
  return "$(cat "$job.status")"
}
