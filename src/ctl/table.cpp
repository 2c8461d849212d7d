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

std::string Table::text() const {
  std::vector<std::vector<std::string>> lines;
  lines.emplace_back();
  for (const Column& column : columns_) lines.back().push_back(column.heading);
  lines.insert(lines.end(), rows_.begin(), rows_.end());
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (i != 0) row += kGap;
      row += padded(line[i], widths[i], columns_[i].align);
    }
    row.resize(row.find_last_not_of(' ') + 1);
    text += row + '\n';
  }
  return text;
}

}  // namespace encluster::ctl
