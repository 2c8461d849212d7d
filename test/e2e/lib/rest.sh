# The gateway's REST interface, and enclusterctl as its caller.
ENCLUSTERCTL=$BUILD_DIR/enclusterctl

# rest_prepare: the configuration opens the interface, and its token is made. Before gateway_start.
rest_prepare() {
  [ -x "$ENCLUSTERCTL" ] || die "no program $ENCLUSTERCTL: build it first (ninja -C build)"
  mkdir "$STATE/kept"
  sed -i '/^interconnect:/a rest: {listen: 127.0.0.1:8077, token_file: rest.token, roster_file: kept/roster.yaml}' \
    "$STATE/gateway.yaml"
  "$ENCLUSTERCTL" keys --config "$STATE/gateway.yaml" >"$STATE/gateway/log/keys"
}

# ctl COMMAND...: enclusterctl on the gateway.
ctl() {
  host_exec gateway "$ENCLUSTERCTL" --token-file "$STATE/rest.token" "$@"
}
