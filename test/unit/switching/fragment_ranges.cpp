#include "switching/fragment_ranges.hpp"

#include <bitset>
#include <catch2/catch.hpp>
#include <set>
#include <utility>
#include <vector>

#include "support/random.hpp"

using namespace encluster;
using namespace encluster::switching;
using namespace encluster::test;

namespace {

using Added = FragmentRanges::Added;

struct Fragment {
  std::uint16_t offset;
  std::uint16_t bytes;
  bool last;
};

/// The same, byte by byte.
class Reference {
 public:
  Added add(const Fragment& fragment) {
    const std::size_t end = std::size_t{fragment.offset} + fragment.bytes;
    if (seen_.contains({fragment.offset, end})) return Added::duplicate;
    for (std::size_t at = fragment.offset; at < end; ++at) {
      if (come_[at]) return Added::overlap;
    }
    if (contradicts(end, fragment.last)) return Added::overlap;
    if (seen_.size() == FragmentRanges::kFragments) return Added::full;
    seen_.insert({fragment.offset, end});
    for (std::size_t at = fragment.offset; at < end; ++at) come_.set(at);
    if (fragment.last) end_ = end;
    return Added::fresh;
  }
  [[nodiscard]] bool complete() const { return end_ != 0 && come_.count() == end_; }

 private:
  [[nodiscard]] bool contradicts(std::size_t end, bool last) const {
    if (!last) return end_ != 0 && end > end_;
    return end_ != 0 || (come_ >> end).any();
  }

  std::set<std::pair<std::size_t, std::size_t>> seen_;
  std::bitset<65536> come_;
  std::size_t end_ = 0;
};

/// A datagram cut at random places, the last part first.
std::vector<Fragment> cut(Random& random, std::size_t parts, std::uint32_t largest) {
  std::vector<Fragment> all;
  std::uint32_t offset = 0;
  while (all.size() < parts) {
    const std::uint32_t bytes = 8 * random.between(1, largest);
    all.push_back({static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(bytes), false});
    offset += bytes;
  }
  all.back().bytes = static_cast<std::uint16_t>(all.back().bytes - random.upto(7));
  all.back().last = true;
  return all;
}

Added add(FragmentRanges& ranges, const Fragment& fragment) {
  return ranges.add(fragment.offset, fragment.bytes, fragment.last);
}

}  // namespace

TEST_CASE("a datagram is complete when its last gap is filled") {
  FragmentRanges ranges;
  CHECK_FALSE(ranges.complete());
  CHECK(ranges.add(16, 5, true) == Added::fresh);
  CHECK_FALSE(ranges.complete());
  CHECK(ranges.add(0, 8, false) == Added::fresh);
  CHECK_FALSE(ranges.complete());
  CHECK(ranges.add(8, 8, false) == Added::fresh);
  CHECK(ranges.complete());
}

TEST_CASE("fragments without a last one are never complete") {
  FragmentRanges ranges;
  CHECK(ranges.add(0, 8, false) == Added::fresh);
  CHECK(ranges.add(8, 65520, false) == Added::fresh);
  CHECK_FALSE(ranges.complete());
}

TEST_CASE("the same bytes again are a duplicate, others over them an overlap") {
  FragmentRanges ranges;
  REQUIRE(ranges.add(80, 80, false) == Added::fresh);
  CHECK(ranges.add(80, 80, false) == Added::duplicate);
  for (const auto& [offset, bytes] : std::vector<std::pair<std::uint16_t, std::uint16_t>>{
           {80, 8}, {152, 8}, {72, 16}, {152, 16}, {80, 88}, {72, 88}, {0, 65528}}) {
    CHECK(ranges.add(offset, bytes, false) == Added::overlap);
  }
  CHECK(ranges.add(72, 8, false) == Added::fresh);
  CHECK(ranges.add(160, 8, false) == Added::fresh);
}

TEST_CASE("a datagram has one end") {
  FragmentRanges ranges;
  REQUIRE(ranges.add(80, 8, true) == Added::fresh);
  CHECK(ranges.add(88, 8, true) == Added::overlap);
  CHECK(ranges.add(88, 8, false) == Added::overlap);
  CHECK(ranges.add(72, 8, true) == Added::overlap);
  CHECK(ranges.add(72, 8, false) == Added::fresh);
}

TEST_CASE("an end before what has come is none") {
  FragmentRanges ranges;
  REQUIRE(ranges.add(80, 8, false) == Added::fresh);
  CHECK(ranges.add(72, 8, true) == Added::overlap);
  CHECK(ranges.add(88, 8, true) == Added::fresh);
}

TEST_CASE("the longest datagram is complete") {
  FragmentRanges ranges;
  REQUIRE(ranges.add(65528, 7, true) == Added::fresh);
  REQUIRE(ranges.add(0, 32768, false) == Added::fresh);
  CHECK(ranges.add(32768, 32761, false) == Added::overlap);
  REQUIRE(ranges.add(32768, 32760, false) == Added::fresh);
  CHECK(ranges.complete());
}

TEST_CASE("only so many fragments are noted, and duplicates are still told") {
  FragmentRanges ranges;
  std::uint16_t offset = 0;
  for (std::size_t i = 0; i < FragmentRanges::kFragments; ++i) {
    REQUIRE(ranges.add(offset, 8, false) == Added::fresh);
    offset = static_cast<std::uint16_t>(offset + 8);
  }
  CHECK(ranges.add(offset, 8, false) == Added::full);
  CHECK(ranges.add(0, 8, false) == Added::duplicate);
  CHECK(ranges.add(0, 16, false) == Added::overlap);
}

TEST_CASE("a datagram's parts in any order, with duplicates, are complete with the last of them") {
  Random random(51);
  for (int round = 0; round < 1000; ++round) {
    std::vector<Fragment> parts = cut(random, random.between(1, 64), 120);
    random.shuffle(parts);
    FragmentRanges ranges;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (ranges.complete() || add(ranges, parts[i]) != Added::fresh) ++wrong;
      const std::size_t again = random.upto(static_cast<std::uint32_t>(i));
      if (add(ranges, parts[again]) != Added::duplicate) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(ranges.complete());
  }
}

TEST_CASE("random fragments are told apart as byte by byte") {
  Random random(52);
  std::size_t wrong = 0;
  std::size_t completed = 0;
  for (int round = 0; round < 1500; ++round) {
    std::vector<Fragment> parts = cut(random, random.between(1, 70), random.once_in(2) ? 3 : 100);
    const std::size_t sound = parts.size();
    for (std::uint32_t noise = random.upto(3); noise > 0; --noise) {
      Fragment other = parts[random.upto(static_cast<std::uint32_t>(sound - 1))];
      if (random.once_in(2)) other.last = !other.last;
      if (random.once_in(2)) other.offset = static_cast<std::uint16_t>(8 * random.upto(60));
      if (random.once_in(2)) other.bytes = static_cast<std::uint16_t>(random.between(1, 40));
      parts.push_back(other);
    }
    random.shuffle(parts);
    FragmentRanges ranges;
    Reference reference;
    for (const Fragment& fragment : parts) {
      if (std::uint32_t{fragment.offset} + fragment.bytes > 65535) continue;
      if (add(ranges, fragment) != reference.add(fragment)) ++wrong;
      if (ranges.complete() != reference.complete()) ++wrong;
    }
    if (ranges.complete()) ++completed;
  }
  CHECK(wrong == 0);
  CHECK(completed > 100);
}
