#include "ctl/line.hpp"

#include <fmt/format.h>

#include <sstream>
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

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> parts(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    word = cut(word, width);
    std::string& part = parts.back();
    if (part.empty()) {
      part = word;
    } else if (part.size() + 1 + word.size() <= width) {
      part += ' ';
      part += word;
    } else {
      parts.push_back(word);
    }
  }
  return parts;
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
