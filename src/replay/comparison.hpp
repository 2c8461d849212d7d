// What the replay lets leave against what the capture shows to have left the gateway.
//
// A frame is recognised by its content (frame_content.hpp); then its addresses and ports must be
// the same. What the real gateway sent without cause in the capture comes from its own kernel, or
// is told as a difference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/decision.hpp"

namespace encluster::replay {

struct Difference {
  std::uint64_t replayed = 0;  ///< number of the frame that was replayed; 0: none is known
  std::uint64_t captured = 0;  ///< number of the frame that the gateway sent; 0: there is none
  std::string what;            ///< a sentence
};

struct ComparisonCounts {
  std::uint64_t agreed = 0;
  std::uint64_t differed = 0;
  std::uint64_t unsettled = 0;  ///< left when the capture had not begun, or had ended
};

class Comparison {
 public:
  /// How long the real gateway may take: it holds packets while a next hop is unknown.
  static constexpr std::uint64_t kWindow = 3'000'000'000;
  /// What would leave so soon before the capture's end may not be in it any more.
  static constexpr std::uint64_t kEdge = 100'000'000;

  /// @param first_sent when the gateway was first seen to send, by side; a side that is missing is
  /// not compared
  explicit Comparison(std::map<Side, std::uint64_t> first_sent)
      : first_sent_(std::move(first_sent)) {}

  /// Takes note of what the replay decided about a frame; what its kernel sent is of no interest.
  void note(const Decision& decision);

  /// A frame that the real gateway sent. False if nothing that was replayed explains it.
  bool explain(std::uint64_t number, Side side, std::span<const std::byte> frame);

  /// A frame that neither a replayed one explains nor the gateway's kernel can have sent.
  void unexplained(std::uint64_t number, std::span<const std::byte> frame);

  /// Gives up on what should have been sent long before.
  void pass_until(std::uint64_t nanoseconds);
  /// The capture ends.
  void finish(std::uint64_t nanoseconds);

  /// Those found since the last call.
  [[nodiscard]] std::vector<Difference> take_differences();
  [[nodiscard]] const ComparisonCounts& counts() const noexcept { return counts_; }

 private:
  struct Expected {
    std::uint64_t number;
    std::uint64_t nanoseconds;
    Side side;         ///< by which the frame leaves, or came if it does not leave
    std::string ends;  ///< of the frame that leaves; empty if none does
    std::string text;  ///< what the replay makes of it, for messages
  };
  using ByContent = std::unordered_multimap<std::string, Expected>;

  [[nodiscard]] ByContent::iterator find(const std::string& content, Side side,
                                         const std::string* ends);
  void settle_missing(const Expected& expected);
  void differ(Difference difference);
  template <typename Done>
  void remove_if(Done&& done);

  std::map<Side, std::uint64_t> first_sent_;
  ByContent expected_;
  std::uint64_t swept_ = 0;
  std::vector<Difference> differences_;
  ComparisonCounts counts_;
};

}  // namespace encluster::replay
