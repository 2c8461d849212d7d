#include "control/alarms.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "control/alarm_watch.hpp"

namespace encluster::control {
namespace {

using namespace std::chrono_literals;
using Catch::Contains;
using Subjects = std::set<std::string>;

Alarm down(const std::string& node, const std::string& text = "dead") {
  return {AlarmKind::node_down, node, text};
}

/// A time that the test decides, the same for both clocks.
struct Clock {
  std::chrono::seconds passed{0};

  [[nodiscard]] Alarms::Moment now() const {
    return {std::chrono::steady_clock::time_point(1h + passed),
            std::chrono::system_clock::time_point(1'000'000h + passed)};
  }
};

struct Fixture : Clock {
  std::string lines;
  Logger log{{.write = [this](const std::string& line) { lines += line; },
              .now = [this] { return now().steady; }}};
  AlarmWatch watch{log};
  AlarmFacts facts;

  void look() { watch.look(facts, now()); }
  [[nodiscard]] std::size_t count(AlarmKind kind) const { return watch.alarms().count(kind); }
  std::string take() { return std::exchange(lines, {}); }
};

Subjects subjects_of(const std::vector<Alarm>& alarms) {
  Subjects subjects;
  for (const Alarm& alarm : alarms) subjects.insert(alarm.subject);
  return subjects;
}

}  // namespace

TEST_CASE("a condition is told once when it begins, and once when it ends") {
  Clock clock;
  Alarms alarms;
  const auto began = alarms.update({down("beta"), down("alpha")}, clock.now());
  CHECK(subjects_of(began.began) == Subjects{"alpha", "beta"});
  CHECK(began.began.front().subject == "alpha");
  CHECK(began.ended.empty());
  clock.passed = 1s;
  const auto same = alarms.update({down("alpha"), down("beta")}, clock.now());
  CHECK((same.began.empty() && same.ended.empty()));
  const auto ended = alarms.update({down("beta")}, clock.now());
  CHECK(ended.began.empty());
  CHECK(subjects_of(ended.ended) == Subjects{"alpha"});
  CHECK(alarms.stands(AlarmKind::node_down, "beta"));
  CHECK_FALSE(alarms.stands(AlarmKind::node_down, "alpha"));
}

TEST_CASE("an alarm keeps its time while its text is renewed, and none stands twice") {
  Clock clock;
  Alarms alarms;
  const auto begin = clock.now().wall;
  static_cast<void>(alarms.update({down("alpha", "first"), down("alpha", "second")}, clock.now()));
  REQUIRE(alarms.standing().size() == 1);
  CHECK(alarms.standing().front() == Alarm{AlarmKind::node_down, "alpha", "first", begin});
  clock.passed = 5s;
  static_cast<void>(alarms.update({down("alpha", "third")}, clock.now()));
  CHECK(alarms.standing().front() == Alarm{AlarmKind::node_down, "alpha", "third", begin});
}

TEST_CASE("what may mend itself is an alarm only when it lasts") {
  Clock clock;
  Alarms alarms;
  const Alarm away{AlarmKind::agent_away, "alpha", ""};
  const auto begin = clock.now().wall;
  CHECK(alarms.update({away}, clock.now()).began.empty());
  CHECK(alarms.standing().empty());
  clock.passed = 9s;
  CHECK(alarms.update({away}, clock.now()).began.empty());
  SECTION("it lasts") {
    clock.passed = 10s;
    const auto change = alarms.update({away}, clock.now());
    REQUIRE(change.began.size() == 1);
    CHECK(change.began.front().since == begin);
  }
  SECTION("it ends before, and nobody hears of it") {
    CHECK(alarms.update({}, clock.now()).ended.empty());
    clock.passed = 10s;
    CHECK(alarms.update({away}, clock.now()).began.empty());
  }
}

TEST_CASE_METHOD(Fixture, "a level has to fall well below its mark to end the alarm") {
  const auto at = [this](std::uint64_t used) {
    facts.connections = {used, 1000};
    look();
    return count(AlarmKind::connections_high) == 1;
  };
  CHECK_FALSE(at(800));
  CHECK(at(801));
  CHECK(at(790));
  CHECK(at(750));
  CHECK_FALSE(at(749));
  CHECK_FALSE(at(800));
  CHECK(at(801));
}

TEST_CASE_METHOD(Fixture, "buffers are low when less than a tenth of them is free") {
  facts.buffers = {900, 1000};
  look();
  CHECK(count(AlarmKind::buffers_low) == 0);
  facts.buffers = {901, 1000};
  facts.handshakes = {5, 0};
  look();
  CHECK(count(AlarmKind::buffers_low) == 1);
  CHECK(count(AlarmKind::handshakes_high) == 0);
  CHECK(take() ==
        "level=error event=alarm_raised kind=buffers_low severity=critical subject=\"\" "
        "text=\"901 of 1000 are in use\"\n");
}

TEST_CASE_METHOD(Fixture, "a refused agent is an alarm for ten minutes") {
  facts.agent_refusals["credentials"] = 0;
  look();
  CHECK(count(AlarmKind::agent_refused) == 0);
  facts.agent_refusals["credentials"] = 1;
  look();
  passed = 599s;
  look();
  CHECK(watch.alarms().stands(AlarmKind::agent_refused, "credentials"));
  facts.agent_refusals["credentials"] = 2;
  look();
  passed = 1198s;
  look();
  CHECK(count(AlarmKind::agent_refused) == 1);
  passed = 1199s;
  look();
  CHECK(count(AlarmKind::agent_refused) == 0);
}

TEST_CASE_METHOD(Fixture, "a refused change is an alarm until the next good one") {
  facts.reload_refused = "gateway.yaml:3: wrong";
  look();
  CHECK(watch.alarms().stands(AlarmKind::change_refused, "configuration"));
  facts.reload_refused.clear();
  facts.snapshot_refused = "two services at one port";
  look();
  CHECK_FALSE(watch.alarms().stands(AlarmKind::change_refused, "configuration"));
  CHECK(watch.alarms().stands(AlarmKind::change_refused, "snapshot"));
  CHECK_THAT(take(), Contains("event=alarm_cleared kind=change_refused severity=critical "
                              "subject=configuration text=\"gateway.yaml:3: wrong\"\n"));
}

TEST_CASE_METHOD(Fixture, "each kind of fact is an alarm of its kind") {
  facts.nodes_down = {{"alpha", ""}};
  facts.services_without_node = {{"ssh", ""}};
  facts.port_conflicts = {{"600/udp", ""}, {"601/udp", ""}};
  facts.exports_refused = {{"alpha:/export", ""}};
  facts.agents_away = {{"beta", ""}};
  facts.recovering = true;
  look();
  passed = 10s;
  look();
  CHECK(count(AlarmKind::node_down) == 1);
  CHECK(count(AlarmKind::service_without_node) == 1);
  CHECK(count(AlarmKind::port_conflict) == 2);
  CHECK(count(AlarmKind::export_refused) == 1);
  CHECK(count(AlarmKind::agent_away) == 1);
  CHECK(count(AlarmKind::recovering) == 1);
}

TEST_CASE_METHOD(Fixture, "of very many conditions of a kind, only some are told one by one") {
  for (int i = 0; i < 100; ++i) facts.port_conflicts.push_back({std::to_string(i), ""});
  look();
  CHECK(count(AlarmKind::port_conflict) == AlarmWatch::kMostOfAKind + 1);
  CHECK(watch.alarms().stands(AlarmKind::port_conflict, AlarmWatch::kMore));
  CHECK(watch.alarms().standing().back().text == "36 more");
}

TEST_CASE("docs/alarms.md has the row of every kind, and no other") {
  std::ifstream file(ENCLUSTER_ALARMS_MD);
  REQUIRE(file.good());
  std::ostringstream expected;
  for (const AlarmKindText& text : kAlarmKindTexts) {
    expected << "| `" << text.name << "` | " << name_of(text.severity) << " | " << text.meaning
             << " | " << text.action << " |\n";
  }
  std::string rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) rows += line + '\n';
  }
  CHECK(rows == expected.str());
}

}  // namespace encluster::control
