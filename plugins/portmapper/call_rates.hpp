// How many calls each remote has made lately: in bounded memory, whoever calls.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::portmapper {

/// Counts the calls of each remote within the second. A remote of which nothing is known takes the
/// place of the one in its bucket that has been silent for longest, or of several has called least;
/// while more remotes call at once than there is room for, some get more than their share. One
/// worker's.
class CallRates {
 public:
  static constexpr std::size_t kBuckets = 1024;
  static constexpr std::size_t kPlaces = 8;  ///< a bucket

  CallRates() : buckets_(kBuckets) {}

  /// One more call. @return how many the remote has made within this second, this one included
  std::uint32_t note(Ipv4Address remote, Seconds now) noexcept;
  /// What note() would return. Changes nothing.
  [[nodiscard]] std::uint32_t peek(Ipv4Address remote, Seconds now) const noexcept;

 private:
  struct Place {
    Ipv4Address remote;
    Seconds second = 0;
    std::uint32_t calls = 0;  ///< within that second; 0: nobody was here yet
  };
  using Bucket = std::array<Place, kPlaces>;

  [[nodiscard]] static std::size_t bucket_of(Ipv4Address remote) noexcept;

  std::vector<Bucket> buckets_;
};

}  // namespace encluster::portmapper
