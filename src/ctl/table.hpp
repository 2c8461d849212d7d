// Tables for people.
#pragma once

#include <string>
#include <vector>

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
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Lines without blanks at their ends.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace encluster::ctl
