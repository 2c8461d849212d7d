#include "ctl/line.hpp"

#include <fmt/format.h>

#include <string_view>

namespace encluster::ctl {

namespace {

/// Select graphic rendition (ECMA-48, section 8.3.117).
const char* rendition(Tone tone) {
  switch (tone) {
    case Tone::heading:
      return "\x1b[1m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::alarm:
      return "\x1b[31m";
    case Tone::plain:
      break;
  }
  return "";
}

}  // namespace

std::string cut(const std::string& text, std::size_t width) {
  constexpr std::string_view kMore = "...";
  if (text.size() <= width) return text;
  if (width <= kMore.size()) return text.substr(0, width);
  std::string shorter = text.substr(0, width - kMore.size());
  shorter += kMore;
  return shorter;
}

std::string text_of(const std::vector<Line>& lines, bool colour) {
  std::string text;
  for (const Line& line : lines) {
    const bool painted = colour && line.tone != Tone::plain;
    text += painted ? fmt::format("{}{}\x1b[m\n", rendition(line.tone), line.text)
                    : fmt::format("{}\n", line.text);
  }
  return text;
}

}  // namespace encluster::ctl
