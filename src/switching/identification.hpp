// IP identifications of what leaves under the cluster's address.
#pragma once

#include <array>
#include <cstdint>

#include "encluster/types.hpp"
#include "switching/keyed_hash.hpp"

namespace encluster::switching {

/// Nodes count for themselves, so two of them may use one identification towards one remote, which
/// would mix up their fragments there: datagrams that are or may yet be fragmented get one of the
/// gateway's, which repeats towards a remote only after 65536 others (RFC 6864). Private to one
/// worker, which owns the remote.
class Identifications {
 public:
  explicit Identifications(std::uint64_t seed) noexcept : hash_(seed) {
    for (std::size_t i = 0; i < next_.size(); ++i)
      next_[i] = static_cast<std::uint16_t>(hash_(i, 1));
  }

  /// @param receiver the remote, or in a hairpin the node
  [[nodiscard]] std::uint16_t next(Ipv4Address receiver) noexcept { return counter(receiver)++; }
  /// What next() would return.
  [[nodiscard]] std::uint16_t peek(Ipv4Address receiver) noexcept { return counter(receiver); }

 private:
  [[nodiscard]] std::uint16_t& counter(Ipv4Address receiver) noexcept {
    return next_[hash_(receiver.value(), 0) % next_.size()];
  }

  KeyedHash hash_;
  std::array<std::uint16_t, 4096> next_;  ///< remotes that share a counter just see it skip
};

}  // namespace encluster::switching
