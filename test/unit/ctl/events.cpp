#include "ctl/events.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <thread>

namespace encluster::ctl {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Catch::Contains;
using Events = std::vector<GatewayEvent>;

const std::string kText =
    ":\n\nid: run-3\n\nid: run-4\nevent: tick\ndata: {}\n\n: more\r\nid: run-5\r\nevent: tock\r\n"
    "data: a\r\ndata:b\r\nother: x\r\n\r\n";
const Events kEvents{{"tick", "{}"}, {"tock", "a\nb"}};

constexpr const char* kDown =
    R"({"time":"2026-01-31T08:00:00.250Z","level":"warning","event":"node_down",)"
    R"("fields":{"node":"alpha","reason":"no answer","count":3,"up":false,"nothing":""}})";

/// A gateway that answers once, with these bytes, and closes.
struct Answering {
  asio::io_context io{1};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::string request;
  std::thread thread;

  explicit Answering(const std::string& answer)
      : thread([this, answer] {
          tcp::socket socket = acceptor.accept();
          asio::read_until(socket, asio::dynamic_buffer(request), "\r\n\r\n");
          asio::write(socket, asio::buffer(answer));
        }) {}
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;
  ~Answering() { thread.join(); }

  [[nodiscard]] RestUrl url() const {
    return {"127.0.0.1", std::to_string(acceptor.local_endpoint().port())};
  }
};

struct Fixture {
  Events events;
  std::string last_id;
  bool answered = false;

  std::string follow(const RestUrl& url) {
    return follow_events(url, "secret", last_id, answered,
                         [this](const GatewayEvent& event) { events.push_back(event); });
  }
};

}  // namespace

TEST_CASE("events are taken apart, however they are cut") {
  EventParser whole;
  CHECK(whole.feed(kText) == kEvents);
  CHECK(whole.last_id() == "run-5");
  EventParser bytewise;
  Events events;
  for (const char c : kText) {
    for (GatewayEvent& event : bytewise.feed(std::string(1, c))) events.push_back(event);
  }
  CHECK(events == kEvents);
}

TEST_CASE("an identifier counts when its event is whole, and cannot break a header") {
  EventParser parser;
  CHECK(parser.feed("id: run-1\n").empty());
  CHECK(parser.last_id().empty());
  CHECK(parser.feed("\nid: a\rb\n\n").empty());
  CHECK(parser.last_id() == "run-1");
}

TEST_CASE("an event without an end is refused") {
  EventParser line;
  CHECK_THROWS_WITH(line.feed(std::string(EventParser::kMostBytes + 1, 'x')),
                    Contains("without an end"));
  EventParser lines;
  const std::string part = "data: " + std::string(1000, 'x') + "\n";
  const auto feed = [&] {
    for (int i = 0; i < 2000; ++i) static_cast<void>(lines.feed(part));
  };
  CHECK_THROWS_WITH(feed(), Contains("without an end"));
}

TEST_CASE("an event is a line of words, or of JSON") {
  CHECK(event_line({"node_down", kDown}, false) ==
        "2026-01-31T08:00:00.250Z warning node_down node=alpha reason=\"no answer\" count=3 "
        "up=false nothing=\"\"\n");
  CHECK(
      event_line({"x", R"({"time":null,"level":"info","event":"x","fields":{"a":"b\\\\xff\"c"}})"},
                 false) == "- info x a=\"b\\\\xff\\\"c\"\n");
  CHECK(event_line({"node_down", kDown}, true) == std::string(kDown) + '\n');
}

TEST_CASE("nothing of an event reaches the terminal as a command") {
  for (const char* const data :
       {R"({"time":null,"level":"\u001b[2J","event":"a\nb","fields":{"k\u001b":"v\u001b\u009b"}})",
        "{\"time\": \x1b", "[\"\x9b\"]", "\x1b[2J\x7f"}) {
    for (const bool json : {false, true}) {
      const std::string line = event_line({"\x1b", data}, json);
      REQUIRE(line.ends_with('\n'));
      CHECK(std::ranges::all_of(line.substr(0, line.size() - 1),
                                [](char c) { return c >= ' ' && c < 0x7f; }));
    }
  }
}

TEST_CASE_METHOD(Fixture, "a connection goes on after what was seen last") {
  const std::string head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
  {
    Answering first(head + kText + "id: run-6\nevent: cut\ndata: {");
    CHECK_THAT(follow(first.url()), Contains("http://127.0.0.1:"));
    CHECK_THAT(first.request, Contains("GET /v1/events HTTP/1.1\r\n") &&
                                  Contains("Authorization: Bearer secret\r\n") &&
                                  !Contains("Last-Event-ID"));
  }
  CHECK(answered);
  CHECK(events == kEvents);
  CHECK(last_id == "run-5");
  Answering second(head + "id: run-6\ndata: {}\n\n");
  static_cast<void>(follow(second.url()));
  CHECK_THAT(second.request, Contains("Last-Event-ID: run-5\r\n"));
  CHECK(events.size() == 3);
}

TEST_CASE_METHOD(Fixture, "a refusal is final, unless the gateway is too busy") {
  const std::string body = R"({"detail":"no\u001b"})";
  const auto answer = [&](const std::string& status) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  {
    Answering refusing(answer("401 Unauthorized"));
    CHECK_THROWS_WITH(follow(refusing.url()), "no? (401)");
  }
  Answering busy(answer("503 Service Unavailable"));
  CHECK_THAT(follow(busy.url()), Contains("no? (503)"));
  CHECK_FALSE(answered);
}

TEST_CASE("alarms are told in a table") {
  const auto text = alarms_text(boost::json::parse(
      R"({"alarms":[{"kind":"node_down","severity":"warning","subject":"alpha","since":"now",)"
      R"("text":"dead\u001b","meaning":"m","action":"a"},{"kind":"recovering",)"
      R"("severity":"warning","subject":null,"since":"now","text":"t"}]})"));
  CHECK(text ==
        "SINCE  SEVERITY  KIND        SUBJECT  TEXT\n"
        "now    warning   node_down   alpha    dead?\n"
        "now    warning   recovering  -        t\n");
  CHECK(alarms_text(boost::json::parse(R"({"alarms":[]})")) == "no alarm stands\n");
}

}  // namespace encluster::ctl
