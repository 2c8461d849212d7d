#include "ctl/top.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ctl/command_line.hpp"

namespace encluster::ctl {
namespace {

TopOptions parse(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto options =
      parse_rest_options(static_cast<int>(words.size()), arguments.data(), {}, Filters::of_top);
  return top_options(options.value());
}

TEST_CASE("top looks each second, and as often as it is told to") {
  CHECK(parse({"top"}).interval == std::chrono::seconds(1));
  CHECK_FALSE(parse({"top"}).count.has_value());
  CHECK(parse({"top", "--interval", "3600"}).interval == std::chrono::hours(1));
  CHECK(parse({"top", "--count=3"}).count == 3U);
  CHECK(parse({"top", "--once"}).count == 1U);
}

TEST_CASE("what is wrong for top is said") {
  CHECK_THROWS_WITH(parse({"top", "--interval", "0"}),
                    "--interval: found '0'; allowed: a whole number from 1 to 3600");
  CHECK_THROWS_AS(parse({"top", "--interval", "3601"}), UsageError);
  CHECK_THROWS_AS(parse({"top", "--interval", "0.5"}), UsageError);
  CHECK_THROWS_AS(parse({"top", "--count", "0"}), UsageError);
  CHECK_THROWS_WITH(parse({"top", "--once=1"}), Catch::Contains("unknown option"));
  CHECK_THROWS_WITH(parse({"top", "--state", "x"}), "unknown option --state");
}

}  // namespace
}  // namespace encluster::ctl
