#include "rest/router.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include "unit/rest/fake_gateway.hpp"

namespace encluster::rest {
namespace {

namespace json = boost::json;

struct Fixture {
  FakeGateway gateway;
  Router router{gateway};

  Response ask(const Request& request) {
    std::optional<Response> answer;
    router.handle(request, [&](Response response) { answer = std::move(response); });
    REQUIRE(answer.has_value());
    return *answer;
  }
  Response get(const std::string& target) {
    return ask({.method = "GET", .target = target, .content_type = {}, .body = {}});
  }
  Response patch(const std::string& body, const std::string& type = kJson) {
    return ask(
        {.method = "PATCH", .target = "/v1/nodes/alpha", .content_type = type, .body = body});
  }
};

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

/// The detail of a problem, whose form is checked.
std::string detail_of(const Response& response) {
  CHECK(response.content_type == "application/problem+json");
  const json::value value = json::parse(response.body);
  CHECK(value.at("status") == response.status);
  CHECK(value.at("title").as_string() == title_of(response.status));
  CHECK(value.at("type") == "about:blank");
  return std::string(value.at("detail").as_string());
}

}  // namespace

TEST_CASE_METHOD(Fixture, "alarms are told with what they mean, and nothing breaks their text") {
  const Response response = get("/v1/alarms");
  CHECK(response.status == 200);
  const json::value answer = json::parse(response.body);
  const json::value& alarm = answer.at("alarms").at(0);
  CHECK(alarm.at("kind") == "node_down");
  CHECK(alarm.at("severity") == "warning");
  CHECK(alarm.at("subject") == "alpha");
  CHECK(alarm.at("since") == "1970-01-01T00:00:00.000Z");
  CHECK(alarm.at("text") == "it is\\xff dead\\n");
  CHECK(alarm.at("meaning").as_string() == control::text_of(control::AlarmKind::node_down).meaning);
  gateway.standing.front().subject.clear();
  CHECK(json::parse(get("/v1/alarms").body).at("alarms").at(0).at("subject").is_null());
  CHECK(get("/v1/alarms?kind=node_down").status == 400);
}

TEST_CASE_METHOD(Fixture, "the status tells what the gateway does") {
  const Response response = get("/v1/status");
  CHECK(response.status == 200);
  CHECK(response.content_type == kJson);
  const json::value status = json::parse(response.body);
  CHECK(status.at("cluster") == "demo");
  CHECK(status.at("uptime_seconds") == 1.5);
  CHECK(status.at("counters").at("connections") == 7);
  CHECK(status.at("traffic").at(0).at("bytes_sent") == 4);
  CHECK(status.at("drops").at("ipv6") == 5);
  CHECK(status.at("agents").is_null());
}

TEST_CASE_METHOD(Fixture, "nodes are listed, and told one by one") {
  const json::value nodes = json::parse(get("/v1/nodes").body);
  CHECK(nodes.at("nodes").as_array().size() == 2);
  const json::value alpha = json::parse(get("/v1/nodes/alpha").body);
  CHECK(alpha == nodes.at("nodes").at(1));
  CHECK(alpha.at("address") == "10.77.0.11");
  CHECK(alpha.at("agent").is_null());
  CHECK(get("/v1/nodes/%61lpha").status == 200);
  CHECK(get("/v1/nodes/nobody").status == 404);
}

TEST_CASE_METHOD(Fixture, "exports are told with their keys and clients, and what is refused") {
  const json::value answer = json::parse(get("/v1/exports").body);
  const json::value& refused = answer.at("refused");
  CHECK(refused.at(0).at("path") == "/export/b");
  CHECK(refused.at(0).at("reason") == "key-taken");
  CHECK(refused.at(0).at("other") == "/export/home");
  CHECK(refused.at(1).at("owner").is_null());
  const json::value& exports = answer.at("exports");
  CHECK(exports.at(0).at("path") == "/export/home");
  CHECK(exports.at(0).at("node") == "alpha");
  CHECK(exports.at(0).at("keys").at(0) == "ganesha:257");
  CHECK(exports.at(0).at("clients").at(0) == "198.51.100.0/24");
  CHECK(exports.at(1).at("keys").as_array().empty());
}

TEST_CASE_METHOD(Fixture, "ports are slices, services and leases") {
  const json::value ports = json::parse(get("/v1/ports").body);
  CHECK(ports.at("slices").at(0).at("last") == 199);
  CHECK(ports.at("services").at(0).at("plugin") == "login");
  CHECK(ports.at("leases").at(0).at("protocol") == "udp");
}

TEST_CASE_METHOD(Fixture, "services tell who may be chosen, and who would be now") {
  const json::value services = json::parse(get("/v1/services").body);
  const json::value& ssh = services.at("services").at(0);
  CHECK(ssh.at("network") == "campus");
  CHECK(ssh.at("options").at("scheduler") == "least-loaded");
  CHECK(ssh.at("nodes") == json::array{"alpha", "beta"});
  CHECK(ssh.at("nodes_for_sessions") == json::array{"alpha"});
}

TEST_CASE_METHOD(Fixture, "the message switch is told as it is") {
  const json::value answer = json::parse(get("/v1/switch").body);
  CHECK(answer.at("generation") == 4);
  const json::value& mount = answer.at("entries").at(0);
  CHECK(mount.at("service") == "mount");
  CHECK(mount.at("decides") == "function");
  CHECK(mount.at("node_ports").at(0).at("port") == 892);
  const json::value& leased = answer.at("entries").at(1);
  CHECK(leased.at("service").is_null());
  CHECK(leased.at("decides") == "node");
}

TEST_CASE_METHOD(Fixture, "drops are told with what they mean") {
  const json::value drop = json::parse(get("/v1/drops").body).at("drops").at(0);
  CHECK(drop.at("reason") == "ipv6");
  CHECK(drop.at("meaning") == "The gateway does not carry IPv6.");
  CHECK(drop.at("packets") == 5);
}

TEST_CASE_METHOD(Fixture, "a route is asked for by POST, with what the packet is") {
  const auto post = [&](const char* body, const char* type = kJson) {
    return ask({.method = "POST", .target = "/v1/route", .content_type = type, .body = body});
  };
  const char* const icmp = R"({"protocol":"icmp","source":"198.51.100.7"})";
  const json::value route = json::parse(post(icmp).body);
  CHECK(route.at("verdict") == "drop");
  CHECK(route.at("node").is_null());
  CHECK(route.at("frame").is_null());
  CHECK(route.at("looked_at").at(0).at("rule") == "admission");
  CHECK(get("/v1/route").status == 405);
  CHECK(post(icmp, "text/plain").status == 415);
  CHECK(post("{}").status == 400);
  CHECK(post(R"({"from":"nowhere","protocol":"icmp","source":"198.51.100.7"})").status == 400);
  gateway.route_view.reset();
  CHECK(post(icmp).status == 503);
  gateway.route_view = RouteView{};
  gateway.route_view->frame = {std::byte{0xab}, std::byte{1}};
  CHECK(json::parse(post(icmp).body).at("frame") == "ab01");
}

TEST_CASE_METHOD(Fixture, "a reload is asked for by POST alone, and says what is wrong") {
  const auto post = [&] {
    return ask({.method = "POST", .target = "/v1/reload", .content_type = {}, .body = {}});
  };
  CHECK(get("/v1/reload").status == 405);
  CHECK(header(get("/v1/reload"), "Allow") == "POST");
  CHECK(gateway.reloads == 0);
  CHECK(post().status == 200);
  CHECK(json::parse(post().body).at("generation") == 0);
  CHECK(gateway.reloads == 2);
  gateway.wrong_configuration = true;
  CHECK(post().status == 409);
  CHECK(detail_of(post()) == "nothing has changed: gateway.yaml:3: wrong");
}

TEST_CASE_METHOD(Fixture, "metrics are in the format that the caller takes") {
  const Response plain = get("/metrics");
  CHECK(plain.content_type == "text/plain; version=0.0.4; charset=utf-8");
  const Response open = ask({.method = "GET",
                             .target = "/metrics",
                             .content_type = {},
                             .body = {},
                             .accept = "application/openmetrics-text;version=1.0.0,*/*;q=0.1"});
  CHECK(open.content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8");
  CHECK(open.body.ends_with("# EOF\n"));
  CHECK(Router::needs_token("/metrics"));
}

TEST_CASE_METHOD(Fixture, "connections come in pages") {
  gateway.list.connections.emplace_back();
  gateway.list.next = Cursor{5, 2};
  const json::value page = json::parse(get("/v1/connections?limit=3&cursor=4-1").body);
  CHECK(gateway.asked.limit == 3);
  CHECK(gateway.asked.from == Cursor{4, 1});
  CHECK(page.at("connections").as_array().size() == 1);
  CHECK(page.at("next") == "5-2");
  gateway.list.next.reset();
  CHECK(json::parse(get("/v1/connections").body).at("next").is_null());
  CHECK(gateway.asked.limit == 100);
}

TEST_CASE_METHOD(Fixture, "connections that cannot be listed now may be asked for again") {
  gateway.list.outcome = ConnectionList::Outcome::busy;
  CHECK(get("/v1/connections").status == 503);
  CHECK(header(get("/v1/connections"), "Retry-After") == "1");
  gateway.list.outcome = ConnectionList::Outcome::wrong_cursor;
  CHECK(get("/v1/connections").status == 400);
}

TEST_CASE_METHOD(Fixture, "what is wrong with a query is said") {
  for (const std::string query : {"limit=0", "limit=1001", "limit=-1", "limit=1x", "limit",
                                  "cursor=", "cursor=1", "cursor=1-", "cursor=4294967296-0",
                                  "cursor=1-2-3", "other=1", "limit=1&limit=2", "%zz=1"}) {
    INFO(query);
    CHECK(get("/v1/connections?" + query).status == 400);
  }
  CHECK(detail_of(get("/v1/connections?limit=1001")) ==
        "limit: found '1001'; allowed: a whole number from 1 to 1000");
  CHECK(get("/v1/status?verbose=1").status == 400);
}

TEST_CASE_METHOD(Fixture, "the gateway is healthy once it knows all connections") {
  CHECK(get("/healthz").body == "ok\n");
  gateway.recovering = true;
  CHECK(get("/healthz").status == 503);
  CHECK(header(get("/healthz"), "Retry-After") == "1");
}

TEST_CASE("everything but the health needs the token") {
  CHECK_FALSE(Router::needs_token("/healthz"));
  CHECK_FALSE(Router::needs_token("http://gateway:8077/healthz"));
  for (const std::string target : {"/v1/status", "/healthz/", "/HEALTHZ", "//healthz", "*", "",
                                   "/v1/../healthz", "healthz", "/healthz%00"}) {
    INFO(target);
    CHECK(Router::needs_token(target));
  }
}

TEST_CASE_METHOD(Fixture, "what is not there, or not to be done, is said") {
  CHECK(get("/").status == 404);
  CHECK(get("/v1").status == 404);
  CHECK(get("/v1/nodes/").status == 404);
  CHECK(get("status").status == 400);
  CHECK(detail_of(get("/a\"b\n\xff")) == R"(there is nothing at '/a"b\x0a\xff')");
  const Response posted =
      ask({.method = "POST", .target = "/v1/status", .content_type = {}, .body = {}});
  CHECK(posted.status == 405);
  CHECK(header(posted, "Allow") == "GET, HEAD");
  const Response deleted =
      ask({.method = "DELETE", .target = "/v1/nodes/alpha", .content_type = {}, .body = {}});
  CHECK(header(deleted, "Allow") == "GET, HEAD, PATCH");
}

TEST_CASE_METHOD(Fixture, "HEAD is answered as GET") {
  const Response response =
      ask({.method = "HEAD", .target = "/v1/nodes", .content_type = {}, .body = {}});
  CHECK(response.body == get("/v1/nodes").body);
}

TEST_CASE_METHOD(Fixture, "a node is changed by what its body names") {
  const Response response = patch(R"({"weight": 3, "draining": true})");
  CHECK(response.status == 200);
  CHECK(json::parse(response.body).at("weight") == 3);
  CHECK(json::parse(response.body).at("configured").at("weight") == 1);
  CHECK(json::parse(response.body).at("changed").at("draining") == true);
  CHECK(gateway.wished ==
        NodeWish{Wish<std::uint16_t>::to_set(std::uint16_t{3}), Wish<bool>::to_set(true)});
  CHECK(patch(R"({"draining": null})", "Application/Merge-Patch+JSON; charset=utf-8").status ==
        200);
  CHECK(gateway.wished == NodeWish{{}, Wish<bool>::to_clear()});
  CHECK(patch("{}").status == 200);
  CHECK(gateway.wished == NodeWish{});
}

TEST_CASE_METHOD(Fixture, "what is wrong with a change is said") {
  CHECK(detail_of(patch(R"({"weight": 1001})")) ==
        "weight: found '1001'; allowed: a whole number from 0 to 1000, or null");
  CHECK(detail_of(patch(R"({"draining": "yes"})")) ==
        R"(draining: found '"yes"'; allowed: true, false, or null)");
  CHECK(detail_of(patch(R"({"wieght": 1})")) ==
        "'wieght': found an unknown key; allowed: weight, draining");
  for (const std::string body :
       {"", "[]", "null", "{", R"({"weight": -1})", R"({"weight": 1.5})", R"({"weight": 1e3})",
        R"({"weight": 18446744073709551615})", R"({"draining": 1})", "{\"draining\": \"\xff\"}",
        R"({"weight": [[[[[[[[[[]]]]]]]]]]})", R"({"weight": 1} {})"}) {
    INFO(body);
    CHECK(patch(body).status == 400);
  }
  CHECK_FALSE(gateway.wished);
}

TEST_CASE_METHOD(Fixture, "a body that is no JSON is of the wrong type") {
  for (const std::string type : {"", "text/plain", "application/x-www-form-urlencoded", "json"}) {
    const Response response = patch("{}", type);
    CHECK(response.status == 415);
    CHECK(header(response, "Accept-Patch") == "application/merge-patch+json, application/json");
  }
}

TEST_CASE_METHOD(Fixture, "a change that fails is a problem of the gateway") {
  gateway.disk_full = true;
  const Response response = patch(R"({"weight": 1})");
  CHECK(response.status == 500);
  CHECK(detail_of(response) == "nothing has changed: roster.yaml: no space");
  gateway.disk_full = false;
  gateway.present.pop_back();
  CHECK(patch(R"({"weight": 1})").status == 404);
}

}  // namespace encluster::rest
