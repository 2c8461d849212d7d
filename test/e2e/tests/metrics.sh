#!/bin/bash
# What the gateway tells Prometheus, and what is made of it: metrics, rules for alerts, the dashboard.
. "$(dirname "$0")/../lib/testbed.sh"
# shellcheck source=/dev/null  # checked by itself: followed, it takes shellcheck minutes
. "$LIB/rest.sh"
testbed_open
machines_up
rest_prepare
gateway_start

# families TYPE: names of the metrics of this type in $STATE/metrics.
families() {
  sed -n "s/^# TYPE \\([^ ]*\\) $1\$/\\1/p" "$STATE/metrics"
}
metrics() {
  rest /metrics >"$STATE/metrics"
  promtool check metrics <"$STATE/metrics" >"$STATE/said" 2>&1 || die "promtool says: $(head -3 "$STATE/said")"
  equal "what promtool says" "$(cat "$STATE/said")" ""
  promtool check rules "$ROOT/config/prometheus/rules.yaml" >"$STATE/said" 2>&1 || die "promtool says: $(cat "$STATE/said")"
  # shellcheck disable=SC2016  # the backticks are the table's
  equal "metrics beside docs/metrics.md" "$({ families counter; families gauge; } | sort)" \
    "$(sed -n 's/^| `\([a-z_]*\)` | \(counter\|gauge\) .*/\1/p' "$ROOT/docs/metrics.md" | grep -v -F -f <(agents_metrics) | sort)"
  rest /metrics -H 'Accept: application/openmetrics-text' | tail -1 | grep -x '# EOF' >/dev/null
}
# agents_metrics: those that are there only where agents are served.
agents_metrics() {
  printf '%s\n' encluster_agents_joined encluster_leases encluster_leases_in_quarantine encluster_port_conflicts \
    encluster_services_ encluster_agent_refusals
}
dashboard() {
  local known used
  # shellcheck disable=SC2016  # the backticks are the table's
  known=$(sed -n 's/^| `\([a-z_]*\)` | .*/\1/p' "$ROOT/docs/metrics.md" | sort -u)
  used=$({ jq -r '.. | .expr? // empty' "$ROOT/config/grafana/encluster.json"; cat "$ROOT/config/prometheus/rules.yaml"; } |
    grep -oE 'encluster_[a-z_]+' | sort -u)
  [ "$(wc -l <<<"$used")" -gt 15 ] || die "few metrics are used: $used"
  equal "metrics that are used and not there" "$(comm -23 <(echo "$used") <(echo "$known"))" ""
}
# There is room for what the configuration says, of each worker.
limits() {
  equal "the connections that there is room for" "$(rest /v1/status | jq '.counters.connections_limit / .workers')" 1048576
}
check "limits are those of the configuration" limits
check "dashboard and rules use metrics that there are" dashboard
check "metrics are what promtool and docs/metrics.md say" metrics

scraped() {
  mkdir "$STATE/prometheus"
  cp "$ROOT"/config/prometheus/*.yaml "$STATE/rest.token" "$STATE/prometheus"
  sed -i 's/_interval: 15s/_interval: 1s/' "$STATE/prometheus/prometheus.yaml"
  promtool check config "$STATE/prometheus/prometheus.yaml" >"$STATE/said" 2>&1 || die "promtool says: $(cat "$STATE/said")"
  host_daemon gateway prometheus prometheus --config.file="$STATE/prometheus/prometheus.yaml" \
    --storage.tsdb.path="$STATE/prometheus/data" --web.listen-address=127.0.0.1:9090
  wait_until 30 prometheus_has 'encluster_node_up{node="beta"}' 1 || die "Prometheus has no node: $(tail -3 "$STATE/gateway/log/prometheus")"
  ctl drain beta >/dev/null
  wait_until 10 prometheus_has 'encluster_node_draining{node="beta"}' 1 || die "Prometheus does not see that beta drains"
  ctl reset beta >/dev/null
}
# prometheus_says QUERY
prometheus_says() {
  host_exec gateway curl -sS --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query
}
# prometheus_has QUERY VALUE
prometheus_has() {
  [ "$(prometheus_says "$1" | jq -r '.data.result[0].value[1]')" = "$2" ]
}
# Each panel of the dashboard has something to show; of drops, which may be none, the question is a right one.
shown() {
  local query questions=0
  while read -r query; do
    questions=$((questions + 1))
    prometheus_says "$query" >"$STATE/said"
    jq -e '.status == "success"' "$STATE/said" >/dev/null || die "$query: $(jq -r .error "$STATE/said")"
    [[ $query == *drops* ]] || jq -e '.data.result | length > 0' "$STATE/said" >/dev/null || die "nothing for $query"
  done < <(jq -r '.. | .expr? // empty' "$ROOT/config/grafana/encluster.json" | sed 's/[$]gateway/.*/g' | grep -v node_load)
  [ "$questions" -gt 10 ] || die "$questions questions"
}
check "Prometheus scrapes the gateway, with the rules of config/prometheus" scraped
check "and has what the dashboard shows" shown
