#include "control/log.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

namespace encluster::control {

namespace {

/// A log that is written to a string, at a time that the test decides.
struct Recorder {
  std::string lines;
  LogSettings::Clock::time_point now;

  LogSettings settings(bool priorities = false) {
    return {.write = [this](const std::string& line) { lines += line; },
            .now = [this] { return now; },
            .priorities = priorities};
  }
  std::string take() { return std::exchange(lines, {}); }
};

std::string logged(std::string_view value) { return LogField("key", value).text(); }

}  // namespace

TEST_CASE("an event is one line of keys and values") {
  Recorder recorder;
  Logger log(recorder.settings());
  const std::string name = "alpha";
  log.info("ready", {{"networks", std::size_t{2}},
                     {"offset", -5},
                     {"hugepages", false},
                     {"node", name},
                     {"reason", "asked"}});
  CHECK(recorder.lines ==
        "level=info event=ready networks=2 offset=-5 hugepages=false node=alpha reason=asked\n");
}

TEST_CASE("an event needs no fields") {
  Recorder recorder;
  Logger log(recorder.settings());
  log.warning("stopping", {});
  log.error("failed", {});
  CHECK(recorder.lines == "level=warning event=stopping\nlevel=error event=failed\n");
}

TEST_CASE("the journal learns the level from a prefix") {
  Recorder recorder;
  Logger log(recorder.settings(true));
  log.info("a", {});
  log.warning("b", {});
  log.error("c", {});
  CHECK(recorder.lines ==
        "<6>level=info event=a\n<4>level=warning event=b\n<3>level=error event=c\n");
}

TEST_CASE("the largest numbers are written whole") {
  CHECK(LogField("key", std::numeric_limits<std::uint64_t>::max()).text() ==
        "18446744073709551615");
  CHECK(LogField("key", std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
  CHECK(LogField("key", std::uint8_t{65}).text() == "65");
}

TEST_CASE("plain values stand without quotes") {
  CHECK(logged("192.0.2.1/24") == "192.0.2.1/24");
  CHECK(logged("net_af_packet0,iface:ext0") == "net_af_packet0,iface:ext0");
}

TEST_CASE("values that could be taken for something else are quoted") {
  CHECK(logged("") == "\"\"");
  CHECK(logged("two words") == "\"two words\"");
  CHECK(logged("a=b") == "\"a=b\"");
  CHECK(logged("say \"hi\"") == "\"say \\\"hi\\\"\"");
  CHECK(logged("back\\slash") == "\"back\\\\slash\"");
}

TEST_CASE("no value can start a line, or reach a terminal") {
  using namespace std::string_view_literals;
  CHECK(logged("x\nlevel=error") == "\"x\\nlevel=error\"");
  CHECK(logged("\x1b[31m\r\0"sv) == "\"\\x1b[31m\\x0d\\x00\"");
  CHECK(logged("\x7f\xc2\x9b") == "\"\\x7f\\xc2\\x9b\"");
}

TEST_CASE("an endless value is cut") {
  CHECK(logged(std::string(1024, 'a')).size() == 1024);
  CHECK(logged(std::string(1000000, 'a')) == '"' + std::string(1024, 'a') + "...\"");
}

TEST_CASE("an event that floods is held back, counted, and told with its next line") {
  Recorder recorder;
  Logger log(recorder.settings());
  for (int i = 0; i < Logger::kBurst; ++i) log.info("drop", {});
  recorder.take();
  for (int i = 0; i < 100; ++i) log.info("drop", {});
  CHECK(recorder.take().empty());
  recorder.now += std::chrono::seconds(1);
  log.info("drop", {});
  CHECK(recorder.take() == "level=info event=drop suppressed=100\n");
  log.info("drop", {});
  CHECK(recorder.take().empty());
}

TEST_CASE("events are held back apart") {
  Recorder recorder;
  Logger log(recorder.settings());
  for (int i = 0; i <= Logger::kBurst; ++i) log.info("drop", {});
  recorder.take();
  log.info("ready", {});
  CHECK(recorder.take() == "level=info event=ready\n");
}

TEST_CASE("a quiet event may burst again, and no more than that") {
  Recorder recorder;
  Logger log(recorder.settings());
  for (int i = 0; i < Logger::kBurst; ++i) log.info("drop", {});
  recorder.now += std::chrono::hours(24);
  recorder.take();
  for (int i = 0; i < 2 * Logger::kBurst; ++i) log.info("drop", {});
  const std::string lines = recorder.take();
  CHECK(std::count(lines.begin(), lines.end(), '\n') == Logger::kBurst);
}

TEST_CASE("one event a second passes, whatever the fractions") {
  Recorder recorder;
  Logger log(recorder.settings());
  for (int i = 0; i < Logger::kBurst; ++i) log.info("drop", {});
  recorder.take();
  for (int i = 0; i < 100; ++i) {
    recorder.now += std::chrono::milliseconds(100);
    log.info("drop", {});
  }
  const std::string lines = recorder.take();
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 10);
}

}  // namespace encluster::control
