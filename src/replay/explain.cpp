#include "replay/explain.hpp"

#include <fmt/format.h>

#include "frame_text/decision_text.hpp"

namespace encluster::replay {

std::string rule_of(const control::Configuration& configuration, const Decision& decision) {
  const std::string service =
      decision.service < configuration.services.size()
          ? fmt::format(":{}", configuration.services[decision.service].config.name)
          : "";
  const std::string rule(frame_text::name_of(decision.rule));
  switch (decision.rule) {
    case Rule::message_switch:
    case Rule::connection:
      return rule + service;
    case Rule::slice:
      if (!decision.slice_owner) return rule;
      return fmt::format("{}:{}", rule, name_of(configuration, *decision.slice_owner));
    default:
      return rule;
  }
}

std::string why(const control::Configuration& configuration, const Decision& decision) {
  std::string text = "rule=" + rule_of(configuration, decision);
  if (decision.node) text += fmt::format(" node={}", name_of(configuration, *decision.node));
  if (decision.reason != DropReason::none) {
    text += fmt::format(" reason={}", encluster::name_of(decision.reason));
  }
  return text;
}

}  // namespace encluster::replay
