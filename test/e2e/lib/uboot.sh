# U-Boot, a boot loader, on a machine of qemu that is plugged into the outside network as 192.0.2.103. It
# speaks version 2 of MOUNT and of NFS, which Linux's server does and Ganesha does not.

# uboot_up: its cable. After machines_up.
uboot_up() {
  host_exec switch ip tuntap add uboot mode tap
  host_exec switch sysctl -qw net.ipv6.conf.uboot.disable_ipv6=1
  host_exec switch ip link set uboot master outside up
}

# uboot COMMAND...: starts it, and prints what it says to the commands.
uboot() {
  host_exec switch timeout 180 "$LIB/../clients/uboot.exp" uboot 02:00:c0:00:02:67 \
    "setenv ipaddr 192.0.2.103" "setenv netmask 255.255.255.0" "setenv serverip 192.0.2.1" "$@"
}

# uboot_nfs PATH: loads the file from the cluster by NFS, and prints what it says.
uboot_nfs() {
  # shellcheck disable=SC2016  # U-Boot expands
  uboot "nfs 0x41000000 192.0.2.1:$1" 'crc32 0x41000000 ${filesize}'
}

# uboot_loads PATH FILE: U-Boot gets the file by this path.
uboot_loads() {
  uboot_nfs "$1" >"$STATE/switch/log/uboot"
  contains "$STATE/switch/log/uboot" "Bytes transferred = $(stat -c %s "$2") " ||
    die "U-Boot says: $(grep . "$STATE/switch/log/uboot" | tail -1)"
  equal "the checksum" "$(sed -n 's/^crc32 for .* ==> \(.*\)/\1/Ip' "$STATE/switch/log/uboot")" "$(crc32_of "$2")"
}

# crc32_of FILE: as U-Boot prints it. gzip leaves it near the end of what it makes.
crc32_of() {
  gzip -1 -c "$1" | tail -c 8 | head -c 4 | od -An -t x4 | tr -d ' '
}
