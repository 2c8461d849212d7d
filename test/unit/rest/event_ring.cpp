#include "rest/event_ring.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "rest/event_feed.hpp"

namespace encluster::rest {
namespace {

using Catch::Contains;
using Catch::StartsWith;

constexpr std::size_t kAll = std::size_t{1} << 30;

struct Fixture {
  EventRing ring{"run"};

  void push(int count) {
    for (int i = 0; i < count; ++i) ring.push("tick", "{}");
  }
  std::string text_from(EventRing::Position from) { return ring.read(from, kAll).text; }
};

std::string tick(int number) {
  return "id: run-" + std::to_string(number) + "\nevent: tick\ndata: {}\n\n";
}

}  // namespace

TEST_CASE("no value can begin another field, or end the event") {
  CHECK(event_text("1", "tick", "{}") == "id: 1\nevent: tick\ndata: {}\n\n");
  CHECK(event_text("1", "tick", "a\nb\r\nc\rd\n\nevent: x") ==
        "id: 1\nevent: tick\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: event: x\n\n");
  CHECK(event_text("1\nid: 2", "tick\r\n\r\n", "") == "id: 1\nevent: tick\ndata: \n\n");
}

TEST_CASE_METHOD(Fixture, "a reader goes on after what it has seen last") {
  push(3);
  CHECK(ring.after("run-1") == 2);
  CHECK(text_from(ring.after("run-1")) == tick(2) + tick(3));
  CHECK(ring.after("run-3") == ring.end());
  CHECK(text_from(ring.end()).empty());
  CHECK(ring.read(ring.end(), kAll).next == ring.end());
  CHECK(ring.bytes() == (tick(1) + tick(2) + tick(3)).size());
}

TEST_CASE_METHOD(Fixture,
                 "whoever has seen another gateway hears that something is lost, then all") {
  push(2);
  for (const char* const id : {"old-1", "run-3", "run-99999999999999999999", "run-x", "run-1x",
                               "run", "run1", "-1", "0"}) {
    CHECK(ring.after(id) == 0);
  }
  const std::string text = text_from(0);
  CHECK_THAT(text, StartsWith("id: run-0\nevent: lost\ndata: {"));
  CHECK_THAT(text, Contains("\"fields\":{\"events\":null}}"));
  CHECK(text.ends_with("\n\n" + tick(1) + tick(2)));
  CHECK(ring.after("run-0") == 1);
}

TEST_CASE_METHOD(Fixture, "what the ring has no more is told as a gap") {
  push(EventRing::kCapacity + 10);
  const EventRing::Batch batch = ring.read(ring.after("run-4"), kAll);
  CHECK_THAT(batch.text, StartsWith("id: run-10\nevent: lost\n"));
  CHECK_THAT(batch.text, Contains("\"events\":6}}\n\n" + tick(11)));
  CHECK(batch.next == ring.end());
  CHECK(text_from(ring.after("run-10")).starts_with(tick(11)));
}

TEST_CASE_METHOD(Fixture, "a part is bounded, and has one event at least") {
  push(3);
  const auto two = ring.read(1, 2 * tick(1).size());
  CHECK(two.text == tick(1) + tick(2));
  CHECK(two.next == 3);
  CHECK(ring.read(two.next, 1).text == tick(3));
}

TEST_CASE_METHOD(Fixture, "any thread may push") {
  int told = 0;
  ring.on_push([&] { ++told; });
  std::thread other([this] { push(500); });
  push(500);
  other.join();
  CHECK(told == 1000);
  CHECK(ring.end() == 1001);
}

TEST_CASE("a line of the log is an event, with fields of their types") {
  std::string lines;
  control::Logger log({.write = [&](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::time_point(); }});
  {
    EventFeed feed(log);
    log.warning("node_down", {{"node", "al\npha\xff"}, {"count", 3}, {"up", false}});
    const std::string text = feed.ring().read(1, kAll).text;
    const std::size_t data = text.find("data: ") + 6;
    namespace json = boost::json;
    const json::value event = json::parse(text.substr(data, text.find('\n', data) - data));
    CHECK(event.at("level") == "warning");
    CHECK(event.at("event") == "node_down");
    CHECK(event.at("time").as_string().size() == 24);
    CHECK(event.at("fields") ==
          json::value{{"node", "al\\npha\\xff"}, {"count", 3}, {"up", false}});
  }
  log.info("later", {});
  CHECK_THAT(lines, Contains("event=later"));
}

TEST_CASE("what the log leaves out is no event, and is counted by the next") {
  std::chrono::seconds now{0};
  control::Logger log({.write = [](const std::string&) {},
                       .now = [&] { return control::LogSettings::Clock::time_point(now); }});
  EventFeed feed(log);
  for (int i = 0; i < 100; ++i) log.info("many", {});
  CHECK(feed.ring().end() == 1 + control::Logger::kBurst);
  now = std::chrono::seconds(1);
  log.info("many", {});
  CHECK_THAT(feed.ring().read(1 + control::Logger::kBurst, kAll).text,
             Contains("\"suppressed\":36"));
}

}  // namespace encluster::rest
