// Streams of events over loopback, with callers that are slow, many or gone.
#include <catch2/catch.hpp>
#include <list>

#include "rest/server.hpp"
#include "unit/rest/caller.hpp"
#include "unit/rest/fake_gateway.hpp"

namespace encluster::rest {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using namespace std::chrono_literals;

const std::string kToken(64, 'a');
const std::string kAuthorization = "Authorization: Bearer " + kToken + "\r\n";
/// How a response begins, up to the end of its head and the first heartbeat.
const std::string kBegun = "\r\n\r\n:\n\n";

std::string request(const std::string& fields = kAuthorization, const std::string& method = "GET") {
  return method + " /v1/events HTTP/1.1\r\nHost: gateway\r\n" + fields + "\r\n";
}

/// A test that is not about heartbeats sees none.
Limits patient() {
  Limits limits;
  limits.response = 1h;
  limits.heartbeat = 1h;
  return limits;
}

struct Fixture {
  boost::asio::io_context io{1};
  FakeGateway gateway;
  control::Logger log{{.write = [](const std::string&) {},
                       .now = [] { return control::LogSettings::Clock::now(); }}};
  std::optional<Server> server;

  void serve(const Limits& limits = patient()) {
    server.emplace(io.get_executor(), gateway, BearerToken(kToken), log, limits);
    server->listen(Ipv4Address(127, 0, 0, 1), PortNumber());
  }
  Caller caller() { return {io, server->port()}; }
  void settle() {
    while (io.run_one_for(200ms) != 0) io.restart();
    io.restart();
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "events are told as they come") {
  serve();
  gateway.ring.push("before", "{}");
  Caller one = caller();
  one.send(request());
  const std::string head = one.receive_until(kBegun);
  CHECK_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n") &&
                       Contains("\r\nContent-Type: text/event-stream\r\n") &&
                       Contains("\r\nConnection: close\r\n") && !Contains("Content-Length"));
  CHECK_THAT(head, !Contains("before"));
  for (const std::string event : {"first", "second"}) {
    one.forget();
    gateway.ring.push(event, "{}");
    CHECK_THAT(one.receive_until("{}\n\n"), Contains("\nevent: " + event + "\ndata: {}\n\n"));
  }
  CHECK_FALSE(one.closed());
}

TEST_CASE_METHOD(Fixture, "a caller that comes back is told what it has missed") {
  serve();
  for (const char* const event : {"first", "second", "third"}) gateway.ring.push(event, "{}");
  Caller one = caller();
  SECTION("here") {
    one.send(request(kAuthorization + "Last-Event-ID: run-1\r\n"));
    const std::string& text = one.receive_until("event: third\ndata: {}\n\n");
    CHECK_THAT(text, Contains("event: second") && !Contains("event: first") && !Contains("lost"));
  }
  SECTION("from another gateway") {
    one.send(request(kAuthorization + "Last-Event-ID: other-1\r\n"));
    CHECK_THAT(one.receive_until("event: third\ndata: {}\n\n"),
               Contains("event: lost") && Contains("event: first"));
  }
}

TEST_CASE_METHOD(Fixture, "a caller knows where to go on before anything happens") {
  serve();
  gateway.ring.push("before", "{}");
  Caller one = caller();
  one.send(request());
  CHECK_THAT(one.receive_until("id: run-1\n\n"), Contains(kBegun + "id: run-1\n\n"));
}

TEST_CASE_METHOD(Fixture, "who does not show the token sees no event") {
  serve();
  Caller one = caller();
  one.send(request("Connection: close\r\n"));
  gateway.ring.push("secret", "{}");
  CHECK_THAT(one.receive_all(), StartsWith("HTTP/1.1 401 ") && !Contains("secret"));
}

TEST_CASE_METHOD(Fixture, "HEAD and other methods have a whole answer") {
  serve();
  Caller one = caller();
  one.send(request(kAuthorization, "HEAD"));
  CHECK_THAT(one.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 ") &&
                                                Contains("Content-Type: text/event-stream\r\n") &&
                                                !Contains("Content-Length"));
  one.forget();
  one.send(request(kAuthorization, "POST"));
  CHECK_THAT(one.receive_until("}\n"), StartsWith("HTTP/1.1 405 "));
}

TEST_CASE_METHOD(Fixture, "a silent gateway gives signs of life") {
  Limits limits = patient();
  limits.heartbeat = 1ms;
  serve(limits);
  Caller one = caller();
  one.send(request());
  CHECK_THAT(one.receive_until("\n\n:\n\n:\n\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE_METHOD(Fixture, "there are so many streams, and a place is free when one ends") {
  Limits limits = patient();
  limits.streams = 2;
  serve(limits);
  Caller first = caller();
  first.send(request());
  first.receive_until(kBegun);
  {
    Caller second = caller();
    second.send(request());
    second.receive_until(kBegun);
    Caller third = caller();
    third.send(request());
    CHECK_THAT(third.receive_until("}\n"), StartsWith("HTTP/1.1 503 ") && Contains("streams"));
    CHECK_FALSE(third.closed());
  }
  settle();
  Caller fourth = caller();
  fourth.send(request());
  CHECK_THAT(fourth.receive_until(kBegun), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE_METHOD(Fixture, "a caller that does not take its events is cut off, and others are not") {
  serve();
  Caller slow = caller();
  slow.send(request());
  slow.receive_until(kBegun);
  slow.stop_reading();
  settle();
  Caller fast = caller();
  fast.send(request());
  fast.receive_until(kBegun);
  const std::string data = '"' + std::string(1000, 'x') + '"';
  constexpr int kEvents = 30'000;
  for (int i = 1; i <= kEvents; ++i) {
    gateway.ring.push("tick", data);
    if (i % 100 != 0) continue;
    fast.receive_until("id: run-" + std::to_string(i) + "\n");
    REQUIRE_FALSE(fast.closed());
    fast.forget();
  }
  const std::string& got = slow.receive_all();
  CHECK(slow.closed());
  CHECK(got.find("id: run-" + std::to_string(kEvents) + "\n") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a caller that goes on talking is cut off") {
  serve();
  Caller one = caller();
  one.send(request());
  one.receive_until(kBegun);
  one.send(std::string(70'000, 'x'));
  one.receive_all();
  CHECK(one.closed());
}

TEST_CASE_METHOD(Fixture, "another token ends the streams, the same one does not") {
  serve();
  Caller one = caller();
  one.send(request());
  one.receive_until(kBegun);
  server->set_token(BearerToken(kToken));
  gateway.ring.push("still", "{}");
  CHECK_THAT(one.receive_until("{}\n\n"), Contains("event: still"));
  server->set_token(BearerToken(std::string(64, 'b')));
  one.receive_all();
  CHECK(one.closed());
}

TEST_CASE_METHOD(Fixture, "a server that ends closes its streams") {
  serve();
  Caller one = caller();
  one.send(request());
  one.receive_until(kBegun);
  gateway.ring.push("last", "{}");
  server.reset();
  gateway.ring.push("later", "{}");
  CHECK_THAT(one.receive_all(), !Contains("later"));
  CHECK(one.closed());
}

}  // namespace encluster::rest
