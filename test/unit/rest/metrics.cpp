#include "rest/metrics.hpp"

#include <catch2/catch.hpp>

#include "unit/rest/fake_gateway.hpp"

namespace encluster::rest {
namespace {

using Catch::Matchers::Contains;
using enum Exposition::Format;

}  // namespace

TEST_CASE("a counter has one name in both formats, and is another family in each") {
  const auto text = [](Exposition::Format format) {
    Exposition out(format);
    out.family({"frames", MetricType::counter, "Frames."});
    out.sample({{"side", "a"}, {"way", "in"}}, std::uint64_t{18'446'744'073'709'551'615u});
    out.family({"load", MetricType::gauge, "Load."});
    out.sample({}, 0.25);
    return std::move(out).text();
  };
  CHECK(text(open_metrics) ==
        "# HELP frames Frames.\n# TYPE frames counter\n"
        "frames_total{side=\"a\",way=\"in\"} 18446744073709551615\n"
        "# HELP load Load.\n# TYPE load gauge\nload 0.25\n# EOF\n");
  CHECK(text(prometheus) ==
        "# HELP frames_total Frames.\n# TYPE frames_total counter\n"
        "frames_total{side=\"a\",way=\"in\"} 18446744073709551615\n"
        "# HELP load Load.\n# TYPE load gauge\nload 0.25\n");
}

TEST_CASE("no value of a label can end it") {
  Exposition out(prometheus);
  out.sample({{"name", "a\"b\\c\nd"}}, std::uint64_t{1});
  CHECK(std::move(out).text() == "{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST_CASE("metrics tell of nodes, services, drops and exports") {
  FakeGateway gateway;
  gateway.present[1].up = false;
  gateway.present[1].agent = true;
  const std::string text = metrics_text(gateway, prometheus);
  CHECK_THAT(text, Contains("encluster_build_info{cluster=\"demo\",version=\"1.2.3\"} 1\n"));
  CHECK_THAT(text, Contains("encluster_uptime_seconds 1.5\n"));
  CHECK_THAT(text, Contains("encluster_bytes_total{network=\"campus\",direction=\"sent\"} 4\n"));
  CHECK_THAT(text, Contains("encluster_connections 7\n"));
  CHECK_THAT(text, Contains("encluster_drops_total{reason=\"ipv6\"} 5\n"));
  CHECK_THAT(text, Contains("encluster_node_up{node=\"gateway\"} 1\n"));
  CHECK_THAT(text, Contains("encluster_node_up{node=\"alpha\"} 0\n"));
  CHECK_THAT(text, Contains("encluster_node_agent_joined{node=\"alpha\"} 1\n"));
  CHECK_THAT(text, !Contains("encluster_node_agent_joined{node=\"gateway\"}"));
  CHECK_THAT(text, Contains("encluster_service_nodes{service=\"ssh\"} 1\n"));
  CHECK_THAT(text, Contains("encluster_exports 2\n"));
  CHECK_THAT(text, Contains("encluster_exports_refused{reason=\"key-taken\"} 1\n"));
  CHECK_THAT(text, Contains("encluster_alarms{kind=\"node_down\",severity=\"warning\"} 1\n"));
  CHECK_THAT(text, Contains("encluster_alarms{kind=\"buffers_low\",severity=\"critical\"} 0\n"));
  CHECK_THAT(text, !Contains("encluster_agents_joined"));
}

}  // namespace encluster::rest
