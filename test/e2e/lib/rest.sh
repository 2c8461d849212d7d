# The gateway's REST interface, and enclusterctl as its caller.
ENCLUSTERCTL=$BUILD_DIR/enclusterctl

# rest_prepare: the configuration opens the interface, and its token is made, and is $TOKEN. Before gateway_start.
rest_prepare() {
  [ -x "$ENCLUSTERCTL" ] || die "no program $ENCLUSTERCTL: build it first (ninja -C build)"
  mkdir "$STATE/kept"
  sed -i '/^interconnect:/a rest: {listen: 127.0.0.1:8077, token_file: rest.token, roster_file: kept/roster.yaml}' \
    "$STATE/gateway.yaml"
  "$ENCLUSTERCTL" keys --config "$STATE/gateway.yaml" >"$STATE/gateway/log/keys"
  TOKEN=$(cat "$STATE/rest.token")
}

# ctl COMMAND...: enclusterctl on the gateway.
ctl() {
  host_exec gateway "$ENCLUSTERCTL" --token-file "$STATE/rest.token" "$@"
}

# rest PATH [CURL-OPTION...]: prints the body of the answer; fails for a status of 400 and more.
rest() {
  local path=$1
  shift
  host_exec gateway curl -sS --fail-with-body --max-time 20 -H "Authorization: Bearer $TOKEN" "$@" \
    "http://127.0.0.1:8077$path"
}
