// The server over loopback: hostile callers, and the rules of HTTP/1.1.
#include "rest/server.hpp"

#include <catch2/catch.hpp>

#include "unit/rest/caller.hpp"
#include "unit/rest/fake_gateway.hpp"

namespace encluster::rest {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using namespace std::chrono_literals;

const std::string kToken(64, 'a');
const std::string kAuthorization = "Authorization: Bearer " + kToken + "\r\n";

/// Long, but where a test shortens them.
Limits patient() {
  Limits limits;
  limits.idle = 1h;
  limits.request = 1h;
  limits.farewell = 20s;
  return limits;
}

struct Fixture {
  boost::asio::io_context io{1};
  FakeGateway gateway;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::now(); }}};
  std::optional<Server> server;

  void serve(const Limits& limits = patient()) {
    server.emplace(io.get_executor(), gateway, BearerToken(kToken), log, limits);
    server->listen(Ipv4Address(127, 0, 0, 1), PortNumber());
  }
  Caller caller() { return {io, server->port()}; }
  /// The whole connection's answer to these bytes.
  std::string answer_to(const std::string& bytes) {
    Caller one(io, server->port());
    one.send(bytes);
    return one.receive_all();
  }
};

std::string request(const std::string& line, const std::string& fields = kAuthorization,
                    const std::string& body = "") {
  return line + " HTTP/1.1\r\nHost: gateway\r\n" + fields + "\r\n" + body;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++times;
  }
  return times;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a connection serves one request after the other") {
  serve();
  Caller one = caller();
  for (int i = 0; i < 3; ++i) {
    one.forget();
    one.send(request("GET /v1/nodes"));
    CHECK_THAT(one.receive_until("]}\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  CHECK_FALSE(one.closed());
}

TEST_CASE_METHOD(Fixture, "requests that are sent together are answered in order") {
  serve();
  Caller one = caller();
  const std::string fields =
      kAuthorization + "Content-Type: application/json\r\nContent-Length: 12\r\n";
  one.send(request("GET /healthz", "") +
           request("PATCH /v1/nodes/alpha", fields, R"({"weight":7})") + request("GET /v1/ports") +
           request("GET /nothing", kAuthorization + "Connection: close\r\n"));
  const std::string& answers = one.receive_all();
  CHECK(count(answers, "HTTP/1.1 200 OK\r\n") == 3);
  CHECK(answers.find("ok\n") < answers.find("\"weight\":7"));
  CHECK(answers.find("\"weight\":7") < answers.find("slices"));
  CHECK(answers.find("slices") < answers.find("HTTP/1.1 404"));
}

TEST_CASE_METHOD(Fixture, "HEAD has the length of a body, and none") {
  serve();
  const std::string head = answer_to(request("HEAD /healthz", "Connection: close\r\n"));
  CHECK_THAT(head, Contains("Content-Length: 3\r\n") && Contains("Connection: close"));
  CHECK(head.ends_with("\r\n\r\n"));
}

TEST_CASE_METHOD(Fixture, "who does not show the token is told to") {
  serve();
  const std::string close = "Connection: close\r\n";
  CHECK_THAT(answer_to(request("GET /v1/status", close)),
             StartsWith("HTTP/1.1 401 Unauthorized\r\n") &&
                 Contains("WWW-Authenticate: Bearer realm=\"encluster\"\r\n"));
  CHECK_THAT(answer_to(request("GET /v1/status", close + "Authorization: Bearer nonsense\r\n")),
             StartsWith("HTTP/1.1 401 ") && Contains("error=\"invalid_token\""));
  CHECK_THAT(answer_to(request("GET /v1/status", close + kAuthorization + kAuthorization)),
             StartsWith("HTTP/1.1 401 "));
  CHECK_THAT(answer_to(request("GET /nothing", close)), StartsWith("HTTP/1.1 401 "));
  CHECK_THAT(lines, Contains("event=rest_refused from=127.0.0.1") && !Contains("nonsense"));
  server->set_token(BearerToken(std::string(64, 'b')));
  CHECK_THAT(answer_to(request("GET /v1/status", close + kAuthorization)),
             StartsWith("HTTP/1.1 401 "));
}

TEST_CASE_METHOD(Fixture, "what is no HTTP is refused") {
  serve();
  CHECK_THAT(answer_to("\x16\x03\x01\x02"
                       "no request\r\n\r\n"),
             StartsWith("HTTP/1.1 400 "));
  CHECK_THAT(answer_to("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"),
             StartsWith("HTTP/1.1 400 ") && Contains("Host"));
  CHECK_THAT(answer_to("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"),
             StartsWith("HTTP/1.1 400 "));
  CHECK_THAT(answer_to("GET /healthz HTTP/2.0\r\nHost: a\r\nConnection: close\r\n\r\n"),
             StartsWith("HTTP/1.1 505 "));
  CHECK_THAT(
      answer_to(request("POST /v1/status",
                        kAuthorization + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
      StartsWith("HTTP/1.1 400 "));
  CHECK_THAT(answer_to("GET /healthz HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200 "));
}

TEST_CASE_METHOD(Fixture, "headers and bodies are bounded") {
  serve();
  CHECK_THAT(answer_to(request("GET /healthz", "X: " + std::string(9'000, 'x') + "\r\n")),
             StartsWith("HTTP/1.1 431 "));
  CHECK_THAT(answer_to(std::string(100'000, 'x')), StartsWith("HTTP/1.1 4"));
  const std::string large = "Content-Type: application/json\r\nContent-Length: 65537\r\n";
  CHECK_THAT(
      answer_to(request("PATCH /v1/nodes/alpha", kAuthorization + large, std::string(65'537, ' '))),
      StartsWith("HTTP/1.1 413 "));
  const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  CHECK_THAT(answer_to(request("PATCH /v1/nodes/alpha",
                               kAuthorization + "Transfer-Encoding: chunked\r\n", chunk + chunk)),
             StartsWith("HTTP/1.1 413 "));
}

TEST_CASE_METHOD(Fixture, "a body of the full size is read, after leave is given where asked for") {
  serve();
  Caller one = caller();
  const std::string body = R"({"weight": 4})" + std::string(65'536 - 13, ' ');
  one.send(request("PATCH /v1/nodes/alpha",
                   kAuthorization + "Content-Type: application/json\r\nContent-Length: 65536\r\n"
                                    "Expect: 100-continue\r\n"));
  CHECK(one.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  one.send(body);
  CHECK_THAT(one.receive_until("}\n"), Contains("HTTP/1.1 200 OK") && Contains("\"weight\":4"));
}

TEST_CASE_METHOD(Fixture, "a caller that goes on sending after a refusal gets to read it") {
  serve();
  Caller one = caller();
  one.send(request("PATCH /v1/nodes/alpha", "Content-Length: 60000\r\n", std::string(60'000, 'x')));
  CHECK_THAT(one.receive_all(), StartsWith("HTTP/1.1 401 "));
  CHECK_FALSE(one.was_reset());
}

TEST_CASE_METHOD(Fixture, "slow and idle callers are closed") {
  Limits limits = patient();
  SECTION("that say nothing") { limits.idle = 50ms; }
  SECTION("that do not end their request") { limits.request = 50ms; }
  serve(limits);
  Caller one = caller();
  if (limits.request == 50ms) one.send("GET /healthz HTTP/1.1\r\nHost:");
  CHECK(one.receive_all().empty());
  CHECK(one.closed());
}

TEST_CASE_METHOD(Fixture, "a caller that does not read is closed") {
  Limits limits = patient();
  limits.response = 50ms;
  gateway.list.connections.resize(1000);
  serve(limits);
  Caller one = caller();
  one.stop_reading();
  std::string many;
  for (int i = 0; i < 200; ++i) many += request("GET /v1/connections");
  one.send(many);
  while (io.run_one_for(500ms) != 0) io.restart();  // until nothing happens any more
  CHECK(count(one.receive_all(), "HTTP/1.1 200") < 200);
}

TEST_CASE_METHOD(Fixture, "an answer may come later, or never") {
  Limits limits = patient();
  limits.answer = 100ms;
  gateway.answers_at_once = false;
  serve(limits);
  Caller one = caller();
  one.send(request("GET /v1/connections"));
  while (!gateway.waiting) {
    io.run_one();
    io.restart();
  }
  SECTION("later") {
    gateway.waiting({});
    CHECK_THAT(one.receive_until("}\n"), StartsWith("HTTP/1.1 200 "));
  }
  SECTION("never") { CHECK_THAT(one.receive_until("}\n"), StartsWith("HTTP/1.1 503 ")); }
  SECTION("to a caller that sends no more") {
    one.finish_sending();
    gateway.waiting({});
    CHECK_THAT(one.receive_all(), StartsWith("HTTP/1.1 200 "));
  }
  SECTION("when the server has gone") {
    server.reset();
    gateway.waiting({});
    CHECK(one.receive_all().empty());
  }
}

TEST_CASE_METHOD(Fixture, "callers without the token give way where there are too many") {
  Limits limits = patient();
  limits.connections = 2;
  serve(limits);
  Caller known = caller();
  known.send(request("GET /v1/nodes"));
  known.receive_until("]}\n");
  Caller first = caller();
  first.send(request("GET /healthz", ""));
  first.receive_until("ok\n");
  Caller second = caller();
  CHECK(first.receive_all().ends_with("ok\n"));
  CHECK(first.closed());
  second.send(request("GET /v1/nodes"));
  CHECK_THAT(second.receive_until("]}\n"), StartsWith("HTTP/1.1 200 "));
  SECTION("but not those that have shown it") {
    Caller third = caller();
    CHECK(third.receive_all().empty());
    CHECK(third.closed());
    CHECK_THAT(lines, Contains("event=rest_busy"));
    known.forget();
    known.send(request("GET /v1/nodes"));
    CHECK_THAT(known.receive_until("]}\n"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_CASE_METHOD(Fixture, "a place that is taken is an error") {
  serve();
  Server another(io.get_executor(), gateway, BearerToken(kToken), log);
  CHECK_THROWS_WITH(another.listen(Ipv4Address(127, 0, 0, 1), server->port()),
                    Contains("the REST interface cannot listen at 127.0.0.1:"));
}

}  // namespace encluster::rest
