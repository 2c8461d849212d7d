#include "ctl/command_line.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace encluster::ctl {
namespace {

/// Calls a parser with words as main gets them.
template <typename Parser>
auto with(Parser parser, std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return parser(static_cast<int>(words.size()), arguments.data());
}

TEST_CASE("the first word is the command") {
  CHECK(with(parse_command, {"enclusterctl", "keys", "--help"}) == "keys");
  CHECK_THROWS_WITH(with(parse_command, {"enclusterctl"}), "a command is missing");
  CHECK_THROWS_WITH(with(parse_command, {"enclusterctl", "--bogus"}), "unknown option --bogus");
}

TEST_CASE("keys takes a configuration and a folder") {
  const auto options = with(parse_keys_options, {"keys", "--config", "c.yaml", "--out", "dir"});
  REQUIRE(options.has_value());
  CHECK(options->config == "c.yaml");
  CHECK(options->out == "dir");
  CHECK(with(parse_keys_options, {"keys", "--config=c.yaml"})->out.empty());
}

TEST_CASE("what is missing or wrong for keys is said") {
  CHECK_THROWS_WITH(with(parse_keys_options, {"keys"}), "--config FILE is missing");
  CHECK_THROWS_WITH(with(parse_keys_options, {"keys", "--config"}), "--config needs a value");
  CHECK_THROWS_WITH(with(parse_keys_options, {"keys", "--config", ""}),
                    "--config is given an empty name");
  CHECK_THROWS_WITH(with(parse_keys_options, {"keys", "--bogus"}), "unknown option --bogus");
  CHECK_THROWS_WITH(with(parse_keys_options, {"keys", "--config", "c", "more"}),
                    "unexpected argument 'more'");
}

TEST_CASE("check takes a configuration alone") {
  CHECK(with(parse_check_options, {"check", "--config", "c.yaml"}) == "c.yaml");
  CHECK_THROWS_WITH(with(parse_check_options, {"check"}), "--config FILE is missing");
  CHECK_THROWS_WITH(with(parse_check_options, {"check", "--out", "dir"}), "unknown option --out");
}

}  // namespace
}  // namespace encluster::ctl
