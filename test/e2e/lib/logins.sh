# Login servers and clients: the programs of Debian as they are.

# etc_up: the /etc of all hosts: the machine's, with the testbed's names, the user guest, one set of ssh keys for all (the cluster must look like one host), and inetd.
etc_up() {
  local etc=$STATE/etc
  cp -a /etc "$STATE/etc"
  echo 'PS1="\u@\h> "' >"$STATE/profile"
  rm -f "$etc/nologin" "$etc/hosts.allow" "$etc/hosts.deny"
  echo 'guest:x:5001:5001:Guest:/run/guest:/bin/bash' >>"$etc/passwd"
  echo 'guest:x:5001:' >>"$etc/group"
  echo "guest:$(openssl passwd -6 secret):19000:0:99999:7:::" >>"$etc/shadow"
  printf '%s\n' cluster remote1 remote2 remote3 >"$etc/hosts.equiv"
  printf '%s\n' "127.0.0.1 localhost" "192.0.2.1 cluster" "192.0.2.101 remote1" \
    "192.0.2.102 remote2" "192.0.2.103 uboot" "10.77.0.1 gateway" "10.77.0.11 alpha" "10.77.0.12 beta" \
    "10.77.0.13 gamma" "203.0.113.1 lab-cluster" "203.0.113.103 remote3" >"$etc/hosts"
  cp "$LIB/../config/inetd.conf" "$etc/inetd.conf"
  ssh_up "$etc/ssh"
}

ssh_up() {
  local ssh=$1
  mkdir -p "$ssh"
  rm -f "$ssh"/ssh_host_*
  ssh-keygen -q -t ed25519 -N '' -C cluster -f "$ssh/ssh_host_ed25519_key"
  ssh-keygen -q -t ed25519 -N '' -C guest -f "$ssh/guest_key"
  chown 5001 "$ssh/guest_key"
  cp "$ssh/guest_key.pub" "$ssh/authorized_keys"
  echo "cluster,lab-cluster,remote1,remote2 $(cut -d' ' -f1,2 "$ssh/ssh_host_ed25519_key.pub")" \
    >"$ssh/ssh_known_hosts"
  cp "$LIB/../config/sshd_config" "$LIB/../config/ssh_config" "$ssh/"
}

# logins_up HOST: rlogin, rsh, rexec, telnet and ssh servers.
logins_up() {
  host_daemon "$1" inetd inetd -R 100000 -l /etc/inetd.conf
  host_daemon "$1" sshd /usr/sbin/sshd
  local port
  for port in 513 514 512 23 22; do
    wait_until 10 listening "$1" "$port" || die "$1 does not listen on port $port: see $STATE/$1/log"
  done
}

# served_by HOST PROTOCOL [CLUSTER]: logs in to the cluster from the host, by this name of it, and
# prints the name of the node that served.
served_by() {
  local host=$1 protocol=$2 cluster=${3:-cluster}
  case $protocol in
    rsh) host_guest "$host" timeout 30 netkit-rsh -n "$cluster" hostname ;;
    rexec) host_guest "$host" timeout 30 "$STATE/bin/rexec" "$cluster" guest secret hostname ;;
    ssh) host_guest "$host" timeout 30 ssh -n "$cluster" hostname ;;
    rlogin | telnet) terminal_at "$host" "$protocol" "$cluster" | cut -d' ' -f1 ;;
    *) die "no login protocol $protocol" ;;
  esac
}

# terminal_at HOST rlogin|telnet [CLUSTER]: logs in from a terminal of 33 rows and 99 columns and prints the
# name of the node that served, and the rows and columns that the node sees.
terminal_at() {
  local program=$2
  [ "$program" != rlogin ] || program=netkit-rlogin
  host_guest "$1" "$STATE/bin/interactive.exp" "$program" "${3:-cluster}"
}

# clients_up: puts the testbed's own client programs where the user guest may run them.
clients_up() {
  mkdir -p "$STATE/bin"
  cp "$LIB/../clients/interactive.exp" "$STATE/bin/"
  cc -O2 -Wall -Werror -o "$STATE/bin/rexec" "$LIB/../clients/rexec.c"
}
