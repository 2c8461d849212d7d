#include "control/yaml_document.hpp"

#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

std::string repeated(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() + part.size() <= bytes) text += part;
  return text;
}

}  // namespace

TEST_CASE("an empty file is refused") {
  CHECK(problems_in("") == Problems{"1 document"});
  CHECK(problems_in("\n# only a comment\n") == Problems{"1 document"});
  CHECK(problems_in("---\n") == Problems{"1 document"});
}

TEST_CASE("a document that is no mapping is refused") {
  CHECK(problems_in("\nhello\n") == Problems{"2 document"});
  CHECK(problems_in("- a\n- b\n") == Problems{"1 document"});
}

TEST_CASE("a second document is refused, and not silently ignored") {
  CHECK(problems_in(kSmall + "---\nworkers: 1\n") == Problems{"9 document"});
  CHECK(problems_in(kSmall + "---\nworkers: ]\n") == Problems{"9 document"});
}

TEST_CASE("a syntax error is refused with its line") {
  CHECK(problems_in(kSmall + "ports: {first: 1\n") == Problems{"9 document"});
  CHECK(problems_in("a: 1\n\tb: 2\n") == Problems{"2 document"});
  CHECK(problems_in("a: *nowhere\n") == Problems{"1 document"});
  CHECK(problems_in("a: ]\n") == Problems{"1 document"});
}

TEST_CASE("a stray separator is refused, and is no endless row of documents") {
  for (const std::string stray : {",", "]", "}", ", a: 1", "] # b"}) {
    INFO(stray);
    CHECK(problems_in(stray + "\n") == Problems{"1 document"});
    CHECK(problems_in(kSmall + stray + "\n").size() == 1);
  }
}

TEST_CASE("bytes that are no UTF-8 text are refused with their line") {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"\xff"s, "\x80"s, "\xc0\x80"s, "\xc3"s, "\xe0\x80\x80"s, "\xed\xa0\x80"s,
        "\xf4\x90\x80\x80"s, "\xf8\x88\x80\x80\x80"s, "\0"s, "\x1b"s,
        "\xff\xfe"
        "a\0"s}) {
    CHECK(problems_in(kSmall + "# " + bytes) == Problems{"8 document"});
  }
}

TEST_CASE("comments may be in any script") {
  CHECK(problems_in(kSmall + "# Jürgen, 集群, 🖥\n").empty());
}

TEST_CASE("deep nesting is refused before it becomes deep recursion") {
  for (const std::string part : {"[", "- ", "{a: ", "? "}) {
    INFO(part);
    CHECK(problems_in(repeated(part, 20000)).size() == 1);
  }
}

TEST_CASE("a file of more than a mebibyte is refused") {
  CHECK(problems_in(kSmall + repeated("#", kMaxConfigurationBytes)) == Problems{"1 document"});
}

TEST_CASE("a tree that contains itself is refused like any wrong type") {
  CHECK_FALSE(problems_in("cluster: &c {name: *c}\n").empty());
  CHECK_FALSE(problems_in("services: &s [*s]\n").empty());
  CHECK_FALSE(problems_in("&r {cluster: *r, nodes: [*r]}\n").empty());
}

TEST_CASE("aliases that multiply the file are refused") {
  const std::string many = fmt::format("[{}x]", repeated("x,", 2000));
  std::string text = kSmall + "services:\n  - &s {name: a, port: 1/tcp, plugin: p, nodes: " + many;
  text += "}\n";
  text += repeated("  - *s\n", 20000);
  CHECK(problems_in(text).front() == "1 document");
}

TEST_CASE("a file that cannot be read is refused without a line") {
  for (const char* const file : {"/nonexistent/gateway.yaml", "/"}) {
    try {
      static_cast<void>(parse_configuration(file));
      FAIL("accepted");
    } catch (const ConfigurationError& error) {
      CHECK(error.file() == file);
      CHECK(error.line() == 0);
      CHECK(error.key() == "file");
    }
  }
}

TEST_CASE("an endless file is read no further than the limit") {
  CHECK_THROWS_AS(parse_configuration("/dev/zero"), ConfigurationError);
}

}  // namespace encluster::control
