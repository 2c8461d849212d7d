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

/// What a line is like, for those who see colours.
enum class Tone : std::uint8_t { plain, heading, warning, alarm };

struct Line {
  std::string text;
  Tone tone = Tone::plain;
};

/// The text, or what fits into `width` characters of it with `...` at its end.
[[nodiscard]] std::string cut(const std::string& text, std::size_t width);

/// One below the other. @param colour whether tones are seen, as ANSI sequences (ECMA-48)
[[nodiscard]] std::string text_of(const std::vector<Line>& lines, bool colour = false);

}  // namespace encluster::ctl
