#include "frame_text/decision_text.hpp"

namespace encluster::frame_text {

std::string_view name_of(Verdict verdict) noexcept {
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

std::string_view name_of(Rule rule) noexcept {
  switch (rule) {
    case Rule::admission:
      return "admission";
    case Rule::message_switch:
      return "switch";
    case Rule::slice:
      return "slice";
    case Rule::connection:
      return "connection";
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

}  // namespace encluster::frame_text
