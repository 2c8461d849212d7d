#include "ctl/token_file.hpp"

#include <catch2/catch.hpp>

namespace encluster::ctl {
namespace {

const std::string kA(64, 'a');
const std::string kB(64, 'b');

TEST_CASE("each node gets a token of its own") {
  TokenFile file;
  const TokenChanges changes = update_tokens(file, {"alpha", "beta"});
  CHECK(changes.added == std::vector<std::string>{"alpha", "beta"});
  CHECK(changes.removed.empty());
  REQUIRE(file.token_of("alpha") != nullptr);
  REQUIRE(file.token_of("beta") != nullptr);
  CHECK(file.token_of("alpha")->size() == 64);
  CHECK(*file.token_of("alpha") != *file.token_of("beta"));
  CHECK(file.token_of("gamma") == nullptr);
}

TEST_CASE("a new file begins with a comment and reads back as it was written") {
  TokenFile file;
  update_tokens(file, {"alpha"});
  const std::string text = format_token_file(file);
  CHECK(text.starts_with("# "));
  CHECK(format_token_file(parse_token_file(text)) == text);
}

TEST_CASE("tokens, comments and order are kept, lines of other nodes are taken out") {
  const std::string before =
      "# mine\n\nbeta " + kB + "\n# old\ndelta " + kA + "\nalpha " + kA + "\n";
  TokenFile file = parse_token_file(before);
  const TokenChanges changes = update_tokens(file, {"alpha", "beta", "gamma"});
  CHECK(changes.added == std::vector<std::string>{"gamma"});
  CHECK(changes.removed == std::vector<std::string>{"delta"});
  const std::string kept = "# mine\n\nbeta " + kB + "\n# old\nalpha " + kA + "\n";
  CHECK(format_token_file(file) == kept + "gamma " + *file.token_of("gamma") + "\n");
}

TEST_CASE("a second merge changes nothing") {
  TokenFile file;
  update_tokens(file, {"alpha", "beta"});
  const std::string before = format_token_file(file);
  const TokenChanges changes = update_tokens(file, {"alpha", "beta"});
  CHECK(changes.added.empty());
  CHECK(changes.removed.empty());
  CHECK(format_token_file(file) == before);
}

TEST_CASE("blanks and capital letters are understood") {
  const TokenFile file = parse_token_file("\t alpha \t" + std::string(64, 'A') + " \r\n");
  REQUIRE(file.token_of("alpha") != nullptr);
  CHECK(*file.token_of("alpha") == kA);
}

TEST_CASE("a bad line is told by its number and not shown") {
  const std::string good = "alpha " + kA + "\n";
  const std::string message = "2: not a node's name and 64 hex digits";
  CHECK_THROWS_WITH(parse_token_file(good + "beta"), message);
  CHECK_THROWS_WITH(parse_token_file(good + kB), message);
  CHECK_THROWS_WITH(parse_token_file(good + "beta " + kB + "b"), message);
  CHECK_THROWS_WITH(parse_token_file(good + "beta " + kB.substr(1)), message);
  CHECK_THROWS_WITH(parse_token_file(good + "beta " + kB.substr(1) + "g"), message);
  CHECK_THROWS_WITH(parse_token_file(good + "beta " + kB + " more"), message);
  CHECK_THROWS_WITH(parse_token_file(good + "alpha " + kB), "2: a second token for the same node");
  CHECK_THROWS_WITH(parse_token_file(std::string("alpha \0", 7)), "1: not a text file");
}

}  // namespace
}  // namespace encluster::ctl
