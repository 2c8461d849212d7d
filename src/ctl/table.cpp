#include "ctl/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace encluster::ctl {

namespace {

constexpr const char* kGap = "  ";

std::string padded(const std::string& word, std::size_t width, Align align) {
  return align == Align::left ? fmt::format("{:<{}}", word, width)
                              : fmt::format("{:>{}}", word, width);
}

}  // namespace

std::vector<Line> Table::lines() const {
  std::vector<Row> rows{{{}, Tone::heading}};
  for (const Column& column : columns_) rows.front().words.push_back(column.heading);
  rows.insert(rows.end(), rows_.begin(), rows_.end());
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], row.words[i].size());
    }
  }
  std::vector<Line> lines;
  for (const Row& row : rows) {
    Line line{{}, row.tone};
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (i != 0) line.text += kGap;
      line.text += padded(row.words[i], widths[i], columns_[i].align);
    }
    line.text.resize(line.text.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace encluster::ctl
