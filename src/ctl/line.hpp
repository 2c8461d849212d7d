// Lines of text for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace encluster::ctl {

/// In characters.
struct ScreenSize {
  static constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

  std::size_t width = kAny;
  std::size_t height = kAny;
};

/// What the output takes.
struct Style {
  std::size_t width = ScreenSize::kAny;  ///< in characters
  bool colour = false;
};

/// What a line is like, for those who see colours.
enum class Tone : std::uint8_t { plain, heading, warning, alarm };

struct Line {
  std::string text;
  Tone tone = Tone::plain;
};

/// The text, or what fits into `width` characters of it with `...` at its end.
[[nodiscard]] std::string cut(const std::string& text, std::size_t width);

/// Parts of the text of at most `width` characters each, broken where blanks are; a word that is
/// longer is cut. At least one part. @pre width > 0
[[nodiscard]] std::vector<std::string> wrapped(const std::string& text, std::size_t width);

/// One below the other. @param colour whether tones are seen, as ANSI sequences (ECMA-48)
[[nodiscard]] std::string text_of(const std::vector<Line>& lines, bool colour = false);

}  // namespace encluster::ctl
