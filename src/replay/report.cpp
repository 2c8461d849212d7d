#include "replay/report.hpp"

#include <fmt/format.h>

#include <vector>

#include "frame_text/decision_text.hpp"
#include "frame_text/frame_view.hpp"
#include "replay/explain.hpp"
#include "replay/timestamp.hpp"

namespace encluster::replay {

using frame_text::facts_of;
using frame_text::FrameFacts;

namespace {

/// "gateway" where the frame did not come from a cable.
std::string ingress_of(const control::Configuration& configuration, const Decision& decision) {
  if (decision.received.empty()) return "gateway";
  return fmt::format("{}{}", name_of(configuration, decision.ingress),
                     decision.from_kernel ? "/kernel" : "");
}

/// Names come from the configuration, which allows nothing that JSON would need to escape; texts of
/// frames are made of digits and letters.
std::string json_of(std::span<const std::byte> frame) {
  const FrameFacts facts = facts_of(frame);
  return fmt::format(R"("source":"{}","destination":"{}","protocol":"{}","detail":"{}")",
                     facts.source, facts.destination, facts.protocol, facts.detail);
}

}  // namespace

std::string Report::line(const Decision& decision) const {
  return format_ == Format::json ? json_line(decision) : text_line(decision);
}

std::string Report::text_line(const Decision& decision) const {
  const std::uint64_t since = decision.nanoseconds - start_;
  std::string line =
      fmt::format("{} {}.{:06} {} {} {}", decision.number, since / kNanosecondsPerSecond,
                  since % kNanosecondsPerSecond / 1000, ingress_of(configuration_, decision),
                  frame_text::name_of(decision.verdict), why(configuration_, decision));
  if (!decision.received.empty()) line += fmt::format(" {}", facts_of(decision.received).text());
  if (!decision.sent.empty()) {
    line += fmt::format(" => {} {}", name_of(configuration_, decision.egress),
                        facts_of(decision.sent).text());
  }
  return line;
}

std::string Report::json_line(const Decision& decision) const {
  std::string line = fmt::format(
      R"({{"packet":{},"time":"{}.{:09}","interface":"{}","verdict":"{}","rule":"{}")",
      decision.number, decision.nanoseconds / kNanosecondsPerSecond,
      decision.nanoseconds % kNanosecondsPerSecond, ingress_of(configuration_, decision),
      frame_text::name_of(decision.verdict), rule_of(configuration_, decision));
  if (decision.node) {
    line += fmt::format(R"(,"node":"{}")", name_of(configuration_, *decision.node));
  }
  if (decision.reason != DropReason::none) {
    line += fmt::format(R"(,"reason":"{}")", encluster::name_of(decision.reason));
  }
  if (!decision.received.empty()) {
    line += fmt::format(R"(,"received":{{{}}})", json_of(decision.received));
  }
  if (!decision.sent.empty()) {
    line += fmt::format(R"(,"sent":{{"interface":"{}",{}}})",
                        name_of(configuration_, decision.egress), json_of(decision.sent));
  }
  return line + "}";
}

std::string Report::line(const Difference& difference) const {
  if (format_ == Format::json) {
    return fmt::format(R"({{"difference":"{}","replayed":{},"captured":{}}})", difference.what,
                       difference.replayed, difference.captured);
  }
  return fmt::format("difference: packets {} and {}: {}", difference.replayed, difference.captured,
                     difference.what);
}

std::string Report::line(const ComparisonCounts& counts) const {
  if (format_ == Format::json) {
    return fmt::format(R"({{"compared":{{"agree":{},"differ":{},"unsettled":{}}}}})", counts.agreed,
                       counts.differed, counts.unsettled);
  }
  return fmt::format("compared: {} agree, {} differ, {} unsettled", counts.agreed, counts.differed,
                     counts.unsettled);
}

void Report::count(const Decision& decision) {
  ++counts_[fmt::format("verdict {}", frame_text::name_of(decision.verdict))];
  ++counts_[fmt::format("rule {}", rule_of(configuration_, decision))];
  if (decision.reason != DropReason::none) {
    ++counts_[fmt::format("reason {}", encluster::name_of(decision.reason))];
  }
  if (decision.node) ++counts_[fmt::format("node {}", name_of(configuration_, *decision.node))];
}

std::string Report::summary() const {
  const bool json = format_ == Format::json;
  std::vector<std::string> items;
  for (const auto& [what, count] : counts_) {
    items.push_back(json ? fmt::format(R"("{}":{})", what, count)
                         : fmt::format("{} {}", what, count));
  }
  return json ? fmt::format(R"({{"summary":{{{}}}}})", fmt::join(items, ","))
              : fmt::format("{}", fmt::join(items, "\n"));
}

}  // namespace encluster::replay
