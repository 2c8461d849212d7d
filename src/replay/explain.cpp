#include "replay/explain.hpp"

#include <fmt/format.h>

namespace encluster::replay {

std::string name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pending:
      return "pending";
    case Verdict::forward:
      return "forward";
    case Verdict::local:
      return "local";
    case Verdict::drop:
      return "drop";
    case Verdict::hold:
      return "hold";
    case Verdict::answer:
      return "answer";
    case Verdict::copy:
      return "copy";
  }
  return "?";
}

std::string rule_of(const control::Configuration& configuration, const Decision& decision) {
  const std::string service =
      decision.service < configuration.services.size()
          ? fmt::format(":{}", configuration.services[decision.service].config.name)
          : "";
  switch (decision.rule) {
    case Rule::admission:
      return "admission";
    case Rule::message_switch:
      return "switch" + service;
    case Rule::slice:
      return decision.slice_owner
                 ? fmt::format("slice:{}", name_of(configuration, *decision.slice_owner))
                 : "slice";
    case Rule::connection:
      return "connection" + service;
    case Rule::expectation:
      return "expectation";
    case Rule::claim:
      return "claim";
    case Rule::unclaimed:
      return "unclaimed";
    case Rule::quote:
      return "quote";
    case Rule::fragment:
      return "fragment";
    case Rule::local_stack:
      return "local-stack";
    case Rule::upkeep:
      return "upkeep";
  }
  return "?";
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
