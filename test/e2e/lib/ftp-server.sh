# ftp: Debian's vsftpd on nodes, and curl as a client that can do every mode.

# ftp_up NODE PORT FIRST [OPTION=VALUE]: a server on the port, with the passive ports FIRST to FIRST +
# 99, which lie in the node's slice.
ftp_up() {
  local node=$1 port=$2 first=$3 config=$STATE/$1/vsftpd.$2
  cp "$LIB/../config/vsftpd.conf" "$config"
  printf '%s\n' "listen_port=$port" "pasv_min_port=$first" "pasv_max_port=$((first + 99))" \
    "vsftpd_log_file=$STATE/$node/log/vsftpd.$port" "${@:4}" >>"$config"
  host_exec "$node" mkdir -p /run/vsftpd/empty
  host_daemon "$node" "vsftpd.$port.err" /usr/sbin/vsftpd "$config"
  wait_until 10 listening "$node" "$port" ||
    die "$node serves no ftp on port $port: $(tail -1 "$STATE/$node/log/vsftpd.$port.err")"
}

# ftp_mode MODE: the options by which curl does it.
ftp_mode() {
  case $1 in
    active) echo --ftp-port - --disable-eprt ;;
    extended-active) echo --ftp-port - ;;
    passive) echo --disable-epsv ;;
    extended-passive) ;;
    *) die "no ftp mode $1" ;;
  esac
}

# ftp_curl REMOTE MODE PORT OPTION...: curl as the user guest at the cluster.
ftp_curl() {
  local options
  read -ra options <<<"$(ftp_mode "$2")"
  host_exec "$1" curl -sS --max-time 30 -u guest:secret "${options[@]}" "${@:4}"
}
