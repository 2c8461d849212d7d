#include "ctl/line.hpp"

#include <catch2/catch.hpp>

namespace encluster::ctl {

TEST_CASE("what does not fit is cut, and looks so") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdefg", 6) == "abc...");
  CHECK(cut("abcdefg", 4) == "a...");
  CHECK(cut("abcdefg", 3) == "abc");
  CHECK(cut("abcdefg", 0).empty());
  CHECK(cut("abcdefg", ScreenSize::kAny) == "abcdefg");
}

TEST_CASE("text is broken where blanks are, and words only where they do not fit") {
  using Parts = std::vector<std::string>;
  CHECK(wrapped("one two three", 7) == Parts{"one two", "three"});
  CHECK(wrapped("one two three", 8) == Parts{"one two", "three"});
  CHECK(wrapped("one two three", 13) == Parts{"one two three"});
  CHECK(wrapped("a abcdefgh b", 5) == Parts{"a", "ab...", "b"});
  CHECK(wrapped("", 5) == Parts{""});
}

TEST_CASE("tones are seen only where there are colours") {
  const std::vector<Line> lines{
      {"a", Tone::heading}, {"b"}, {"c", Tone::warning}, {"d", Tone::alarm}};
  CHECK(text_of(lines) == "a\nb\nc\nd\n");
  CHECK(text_of(lines, true) == "\x1b[1ma\x1b[m\nb\n\x1b[33mc\x1b[m\n\x1b[31md\x1b[m\n");
}

}  // namespace encluster::ctl
