// Tables for people.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ctl/line.hpp"

namespace encluster::ctl {

enum class Align : bool { left, right };

/// Rows of words under a heading, in columns that are as wide as they need to be.
class Table {
 public:
  struct Column {
    std::string heading;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// @pre as many words as columns
  void add(std::vector<std::string> row, Tone tone = Tone::plain) {
    rows_.push_back({std::move(row), tone});
  }
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// The heading and a line for each row, without blanks at their ends. Where they would be longer
  /// than `width`, the words of the last column go on below it, or else lines are cut.
  [[nodiscard]] std::vector<Line> lines(std::size_t width = ScreenSize::kAny) const;
  [[nodiscard]] std::string text(const Style& style = {}) const {
    return text_of(lines(style.width), style.colour);
  }

 private:
  struct Row {
    std::vector<std::string> words;
    Tone tone;
  };

  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace encluster::ctl
