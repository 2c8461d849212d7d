// docs/drop-reasons.md against the source: every reason, with its sentence, and nothing else.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "encluster/drop_reason.hpp"

namespace encluster {

namespace {

/// Lines of the table: reason, meaning, and what to look at.
std::vector<std::string> rows() {
  std::ifstream file(ENCLUSTER_DROP_REASONS_MD);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("every drop reason is documented with its sentence, and with what to look at") {
  const std::vector<std::string> lines = rows();
  REQUIRE(lines.size() == kDropReasons - 1);  // but `none`
  for (std::size_t i = 1; i < kDropReasons; ++i) {
    const DropReasonText& text = kDropReasonTexts[i];
    const std::string row =
        "| `" + std::string(text.name) + "` | " + std::string(text.sentence) + " | ";
    CHECK(lines[i - 1].substr(0, row.size()) == row);
    CHECK(lines[i - 1].size() > row.size() + 5);
  }
}

}  // namespace encluster
