#include "report.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace encluster::bench {

namespace {

double mpps(const Result& result) { return 1000 / result.nanoseconds.median; }

/// A dash where there is no figure.
std::string figure(double value, int decimals) {
  return value == 0 ? "-" : fmt::format("{:.{}f}", value, decimals);
}

void print_table(const std::vector<Result>& results) {
  fmt::print("{:<36}{:>8}{:>18}{:>9}{:>8}{:>7}\n", "", "ns", "range", "cycles", "M/s", "ratio");
  for (const Result& result : results) {
    const Median& ns = result.nanoseconds;
    fmt::print("{:<36}{:>8.2f}{:>18}{:>9}{:>8.1f}{:>7}", result.name, ns.median,
               fmt::format("{:.2f} - {:.2f}", ns.lowest, ns.highest), figure(result.cycles, 1),
               mpps(result), figure(result.ratio, 2));
    for (const auto& [name, value] : result.more) fmt::print("  {} {:.1f}", name, value);
    fmt::print("\n");
  }
}

void write_json(const std::vector<Result>& results, std::ostream& out) {
  std::string_view separator = "[\n";
  for (const Result& result : results) {
    const Median& ns = result.nanoseconds;
    out << separator
        << fmt::format(
               R"(  {{"name": "{}", "ns": {:.3f}, "ns_lowest": {:.3f}, "ns_highest": {:.3f}, )"
               R"("cycles": {:.2f}, "mpps": {:.2f}, "ratio": {:.3f})",
               result.name, ns.median, ns.lowest, ns.highest, result.cycles, mpps(result),
               result.ratio);
    for (const auto& [name, value] : result.more) {
      out << fmt::format(R"(, "{}": {:.2f})", name, value);
    }
    out << '}';
    separator = ",\n";
  }
  out << "\n]\n";
}

}  // namespace

void report(const std::vector<Result>& results, const std::string& json) {
  if (json == "-") return write_json(results, std::cout);
  print_table(results);
  if (json.empty()) return;
  std::ofstream file(json);
  write_json(results, file);
  if (!file.flush()) throw std::runtime_error("cannot write " + json);
}

}  // namespace encluster::bench
