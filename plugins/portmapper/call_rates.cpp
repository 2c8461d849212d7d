#include "portmapper/call_rates.hpp"

#include <algorithm>
#include <utility>

namespace encluster::portmapper {

std::size_t CallRates::bucket_of(Ipv4Address remote) noexcept {
  constexpr std::uint32_t kGoldenRatio = 0x9e3779b1;
  return (remote.value() * kGoldenRatio) >> 16 & (kBuckets - 1);
}

std::uint32_t CallRates::note(Ipv4Address remote, Seconds now) noexcept {
  Bucket& bucket = buckets_[bucket_of(remote)];
  auto place = std::ranges::find_if(
      bucket, [&](const Place& one) { return one.calls != 0 && one.remote == remote; });
  if (place == bucket.end()) {
    place = std::ranges::max_element(bucket, {}, [&](const Place& one) {
      // The clock may wrap: what counts is how long ago it was. Of several, the most quiet.
      return std::pair(one.calls == 0 ? ~Seconds{0} : now - one.second, ~one.calls);
    });
    *place = {remote, now, 0};
  }
  if (place->second != now) *place = {remote, now, 0};
  return ++place->calls;
}

std::uint32_t CallRates::peek(Ipv4Address remote, Seconds now) const noexcept {
  for (const Place& one : buckets_[bucket_of(remote)]) {
    if (one.calls != 0 && one.remote == remote && one.second == now) return one.calls + 1;
  }
  return 1;
}

}  // namespace encluster::portmapper
