#include "ctl/top_screen.hpp"

#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "gateway_sample.hpp"

namespace encluster::ctl {
namespace {

using test::sample;

boost::json::object two_seconds() {
  return rates(sample({.uptime = 93784, .packets = 0, .opened = 4, .dropped = 0}),
               sample({.uptime = 93786, .packets = 3000, .opened = 7, .dropped = 1}));
}

/// With so many nodes more.
boost::json::object with_nodes(std::size_t more) {
  boost::json::object told = two_seconds();
  auto& nodes = told.at("nodes").as_array();
  const boost::json::value node = nodes.back();
  nodes.insert(nodes.end(), more, node);
  return told;
}

TEST_CASE("a screen tells of traffic, drops, nodes and services") {
  CHECK(text_of(top_screen(two_seconds(), {})) ==
        "demo, up 1 d 02:03:06, 5 connections, 1.50 opened a second\n"
        "\n"
        "TRAFFIC A SECOND  PACKETS IN  BYTES IN  PACKETS OUT  BYTES OUT\n"
        "campus                 1.50k      150k        3.00k       300k\n"
        "\n"
        "DROPS A SECOND  PACKETS\n"
        "no_connection      0.50\n"
        "\n"
        "NODE     UP   DRAINING  WEIGHT  LOAD  LEASES  AGENT\n"
        "gateway  yes  no             1     -       0  -\n"
        "alpha    yes  no             3  0.25       2  yes\n"
        "\n"
        "SERVICE    PORT  NODES FOR SESSIONS\n"
        "ssh      22/tcp  alpha gateway\n");
}

TEST_CASE("drops are told with the most frequent first, or that there are none") {
  boost::json::object told = two_seconds();
  told["drops"] = {{"a", 0}, {"b", 2.0}, {"c", 30}};
  CHECK_THAT(text_of(top_screen(told, {})), Catch::Contains("PACKETS\nc                    30\n"
                                                            "b                     2\n\n"));
  told["drops"] = {{"a", 0}};
  CHECK_THAT(text_of(top_screen(told, {})), Catch::Contains("\nNO DROPS\n"));
}

TEST_CASE("nodes that are down or drain, and services that nobody serves, stand out") {
  boost::json::object told = with_nodes(1);
  told["nodes"].at(1).as_object()["up"] = false;
  told["nodes"].at(2).as_object()["draining"] = true;
  told["services"].at(0).as_object()["nodes_for_sessions"] = boost::json::array();
  const auto lines = top_screen(told, {});
  std::vector<std::string> seen;
  for (const Line& line : lines) {
    if (line.tone == Tone::alarm) seen.push_back("! " + line.text);
    if (line.tone == Tone::warning) seen.push_back("? " + line.text);
  }
  CHECK(seen == std::vector<std::string>{"! alpha    no   no             3  0.25       2  yes",
                                         "? alpha    yes  yes            3  0.25       2  yes",
                                         "! ssh      22/tcp  -"});
}

TEST_CASE("a screen is never larger than the terminal") {
  const auto told = with_nodes(30);
  for (std::size_t height = 0; height <= 60; ++height) {
    for (const unsigned width : {0U, 1U, 3U, 4U, 20U, 80U}) {
      const auto lines = top_screen(told, {width, height}, "the gateway does not answer");
      INFO(width << " x " << height);
      CHECK(lines.size() == std::min<std::size_t>(height, 45));
      for (const Line& line : lines) CHECK(line.text.size() <= width);
    }
  }
}

TEST_CASE("on a low screen the longest part tells how much of it is missing") {
  const std::string text = text_of(top_screen(with_nodes(30), {80, 20}));
  CHECK_THAT(text, Catch::Contains("... 25 more\n\nSERVICE"));
  CHECK_THAT(text, Catch::Contains("no_connection") && Catch::Contains("campus"));
}

TEST_CASE("a notice comes first, and nothing in it reaches the terminal as a command") {
  const auto lines = top_screen(two_seconds(), {}, "gone\x1b[2J");
  CHECK(lines.front().text == "gone?[2J");
  CHECK(lines.front().tone == Tone::alarm);
}

TEST_CASE("names are told without what a terminal could take for a command") {
  boost::json::object told = two_seconds();
  told["nodes"].at(0).as_object()["name"] = "al\x1bpha";
  told["drops"] = {{"re\x07son", 1}};
  const std::string text = text_of(top_screen(told, {}));
  CHECK_THAT(text, Catch::Contains("al?pha") && Catch::Contains("re?son"));
}

TEST_CASE("rates take at most five characters") {
  CHECK(rate_text(0) == "0");
  CHECK(rate_text(0.25) == "0.25");
  CHECK(rate_text(1) == "1");
  CHECK(rate_text(9.994) == "9.99");
  CHECK(rate_text(9.996) == "10.0");
  CHECK(rate_text(99.96) == "100");
  CHECK(rate_text(999.4) == "999");
  CHECK(rate_text(999.6) == "1.00k");
  CHECK(rate_text(12'345) == "12.3k");
  CHECK(rate_text(999'600) == "1.00M");
  CHECK(rate_text(123'456'789) == "123M");
  CHECK(rate_text(1e11) == "100G");
}

}  // namespace
}  // namespace encluster::ctl
