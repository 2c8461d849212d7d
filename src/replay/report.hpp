// What is printed: a line a decision, and counts.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "control/configuration.hpp"
#include "replay/comparison.hpp"
#include "replay/decision.hpp"

namespace encluster::replay {

/// How decisions are told.
enum class Format : std::uint8_t { text, json };

/// Makes lines, without their ends; times count from the first frame of the capture.
class Report {
 public:
  /// @pre the configuration outlives the report.
  Report(const control::Configuration& configuration, Format format, std::uint64_t start)
      : configuration_(configuration), format_(format), start_(start) {}

  /// "7 0.000123 campus forward rule=switch:rlogin node=alpha RECEIVED => interconnect SENT", or a
  /// JSON object.
  [[nodiscard]] std::string line(const Decision& decision) const;
  [[nodiscard]] std::string line(const Difference& difference) const;

  [[nodiscard]] std::string line(const ComparisonCounts& counts) const;

  void count(const Decision& decision);
  /// Adds a number to the summary.
  void count(const std::string& what, std::uint64_t number) { counts_[what] = number; }
  /// Verdicts, drop reasons, rules and nodes: lines of "WHAT COUNT", or a JSON object.
  [[nodiscard]] std::string summary() const;

 private:
  [[nodiscard]] std::string text_line(const Decision& decision) const;
  [[nodiscard]] std::string json_line(const Decision& decision) const;

  const control::Configuration& configuration_;
  Format format_;
  std::uint64_t start_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace encluster::replay
