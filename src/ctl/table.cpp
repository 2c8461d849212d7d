#include "ctl/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace encluster::ctl {

namespace {

constexpr const char* kGap = "  ";
constexpr std::size_t kLeastWrapped = 10;  ///< characters: in less, words are hard to read

std::string padded(const std::string& word, std::size_t width, Align align) {
  return align == Align::left ? fmt::format("{:<{}}", word, width)
                              : fmt::format("{:>{}}", word, width);
}

}  // namespace

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(column.heading.size());
  for (const Row& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], row.words[i].size());
    }
  }
  return widths;
}

std::vector<Line> Table::lines(std::size_t width) const {
  const std::vector<std::size_t> widths = this->widths();
  std::vector<Row> rows{{{}, Tone::heading}};
  for (const Column& column : columns_) rows.front().words.push_back(column.heading);
  rows.insert(rows.end(), rows_.begin(), rows_.end());
  std::vector<Line> lines;
  for (const Row& row : rows) {
    std::string text;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      text += padded(row.words[i], widths[i], columns_[i].align) + kGap;
    }
    const std::size_t left = text.size();
    const bool wraps = width != ScreenSize::kAny && width >= left + kLeastWrapped &&
                       columns_.back().align == Align::left;
    const auto parts =
        wraps ? wrapped(row.words.back(), width - left)
              : std::vector{padded(row.words.back(), widths.back(), columns_.back().align)};
    for (const std::string& part : parts) {
      text += part;
      text.resize(text.find_last_not_of(' ') + 1);
      lines.push_back({cut(text, width), row.tone});
      text.assign(left, ' ');
    }
  }
  return lines;
}

}  // namespace encluster::ctl
