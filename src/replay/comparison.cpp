#include "replay/comparison.hpp"

#include <utility>

#include "frame_text/frame_view.hpp"
#include "replay/frame_content.hpp"

namespace encluster::replay {

using frame_text::facts_of;

void Comparison::note(const Decision& decision) {
  if (decision.from_kernel || decision.rule == Rule::upkeep) return;
  if (!decision.sent.empty()) {
    if (!first_sent_.contains(decision.egress)) return;
    expected_.emplace(content_of(decision.sent),
                      Expected{decision.number, decision.nanoseconds, decision.egress,
                               ends_of(decision.sent), facts_of(decision.sent).text()});
    return;
  }
  if (decision.verdict != Verdict::drop || decision.received.empty()) return;
  expected_.emplace(content_of(decision.received), Expected{decision.number,
                                                            decision.nanoseconds,
                                                            decision.ingress,
                                                            {},
                                                            std::string(name_of(decision.reason))});
}

Comparison::ByContent::iterator Comparison::find(const std::string& content, Side side,
                                                 const std::string* ends) {
  const auto [first, last] = expected_.equal_range(content);
  auto oldest = expected_.end();
  for (auto place = first; place != last; ++place) {
    const Expected& expected = place->second;
    // What the replay drops could have left by any other side.
    const bool here = expected.ends.empty() ? expected.side != side : expected.side == side;
    if (!here || (ends != nullptr && expected.ends != *ends)) continue;
    if (oldest == expected_.end() || expected.number < oldest->second.number) oldest = place;
  }
  return oldest;
}

bool Comparison::explain(std::uint64_t number, Side side, std::span<const std::byte> frame) {
  const std::string content = content_of(frame);
  const std::string ends = ends_of(frame);
  if (const auto same = find(content, side, &ends); same != expected_.end()) {
    expected_.erase(same);
    ++counts_.agreed;
    return true;
  }
  const auto other = find(content, side, nullptr);
  if (other == expected_.end()) return false;
  const Expected& expected = other->second;
  const std::string sent = "the gateway sent " + facts_of(frame).text();
  differ({expected.number, number,
          expected.ends.empty() ? sent + ", the replay drops it as " + expected.text
                                : sent + ", the replay sends " + expected.text});
  expected_.erase(other);
  return true;
}

void Comparison::unexplained(std::uint64_t number, std::span<const std::byte> frame) {
  differ({0, number, "the gateway sent " + facts_of(frame).text() + ", the replay does not"});
}

template <typename Done>
void Comparison::remove_if(Done&& done) {
  for (auto place = expected_.begin(); place != expected_.end();) {
    place = done(place->second) ? expected_.erase(place) : std::next(place);
  }
}

void Comparison::pass_until(std::uint64_t nanoseconds) {
  if (nanoseconds < swept_ + kWindow / 3) return;
  swept_ = nanoseconds;
  remove_if([&](const Expected& expected) {
    if (nanoseconds < expected.nanoseconds + kWindow) return false;
    settle_missing(expected);
    return true;
  });
}

void Comparison::settle_missing(const Expected& expected) {
  if (expected.ends.empty()) return;
  if (expected.nanoseconds < first_sent_.at(expected.side)) {
    ++counts_.unsettled;
    return;
  }
  differ({expected.number, 0, "the replay sends " + expected.text + ", the gateway did not"});
}

void Comparison::finish(std::uint64_t nanoseconds) {
  remove_if([&](const Expected& expected) {
    if (nanoseconds < expected.nanoseconds + kEdge) {
      counts_.unsettled += expected.ends.empty() ? 0 : 1;
    } else {
      settle_missing(expected);
    }
    return true;
  });
}

void Comparison::differ(Difference difference) {
  ++counts_.differed;
  differences_.push_back(std::move(difference));
}

std::vector<Difference> Comparison::take_differences() { return std::exchange(differences_, {}); }

}  // namespace encluster::replay
