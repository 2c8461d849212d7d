#include "control/agent_tokens.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"

namespace encluster::control {
namespace {

const std::string kHex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

std::string token_of_hex() {
  std::string token;
  for (char c = 0; c < 32; ++c) token.push_back(c);
  return token;
}

/// What is wrong with the text; empty if nothing is.
std::string problem_of(const std::string& text) {
  try {
    static_cast<void>(AgentTokens::parse(text, "agents.token"));
  } catch (const CredentialsError& error) {
    return error.what();
  }
  return "";
}

std::string problem_of_file(const std::filesystem::path& file) {
  try {
    static_cast<void>(AgentTokens::read(file));
  } catch (const CredentialsError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a node's token matches, and no other") {
  const AgentTokens tokens = AgentTokens::parse("alpha " + kHex + "\n", "agents.token");
  CHECK(tokens.match("alpha", token_of_hex()));
  CHECK_FALSE(tokens.match("beta", token_of_hex()));
  CHECK_FALSE(tokens.match("alpha", std::string(32, 'x')));
  CHECK_FALSE(tokens.match("alpha", ""));
  CHECK_FALSE(tokens.match("alpha", token_of_hex() + "x"));
}

TEST_CASE("a node without token has none, not even of zeros") {
  CHECK_FALSE(AgentTokens().match("alpha", std::string(32, '\0')));
}

TEST_CASE("comments, blank lines and blanks around a token's line say nothing") {
  const std::string text = "# tokens\r\n\n  \t\n \talpha\t  " + kHex + " \r\n#beta x\nbeta " + kHex;
  const AgentTokens tokens = AgentTokens::parse(text, "agents.token");
  CHECK(tokens.match("alpha", token_of_hex()));
  CHECK(tokens.match("beta", token_of_hex()));
}

TEST_CASE("a wrong line of tokens is refused with its number and without its content") {
  const std::vector<std::string> wrong{"alpha",
                                       "alpha 00",
                                       "alpha " + kHex + "0",
                                       "alpha " + kHex.substr(1) + "g",
                                       "alpha " + kHex + " x",
                                       std::string(65, 'a') + " " + kHex,
                                       kHex};
  for (const std::string& line : wrong) {
    CHECK(problem_of("#\n" + line + "\n") ==
          "agents.token:2: is not a node's name and 64 hexadecimal digits");
  }
  CHECK(problem_of("alpha " + kHex + "\nalpha " + kHex) ==
        "agents.token:2: is the second line of its node");
}

TEST_CASE("a file of tokens that others may use is refused") {
  const TemporaryFolder folder;
  CHECK(problem_of_file(folder.write("good", "alpha " + kHex)) == "");
  CHECK(problem_of_file(folder.write("read-only", "alpha " + kHex, 0400)) == "");
  for (const unsigned mode : {0640u, 0620u, 0604u, 0601u}) {
    const auto file = folder.write("file" + std::to_string(mode), "alpha " + kHex, mode);
    CHECK_THAT(problem_of_file(file), Catch::Contains("others than its owner may use it"));
  }
}

TEST_CASE("what is no file of tokens is refused with its name") {
  const TemporaryFolder folder;
  const std::string missing = folder / "missing";
  CHECK(problem_of_file(missing) == missing + ": No such file or directory");
  CHECK_THAT(problem_of_file(folder / "."), Catch::Contains("is no regular file"));
  const std::string pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(problem_of_file(pipe) == pipe + ": is no regular file");
  const auto large = folder.write("large", std::string((1 << 20) + 1, '\n'));
  CHECK(problem_of_file(large) == large.string() + ": is larger than 1048576 bytes");
}

}  // namespace encluster::control
