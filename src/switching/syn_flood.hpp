// Whether SYNs come faster than handshakes can be remembered, and which of them then pass
// (docs/decisions/0009).
#pragma once

#include <algorithm>
#include <memory_resource>

#include "encluster/types.hpp"
#include "switching/connection_life.hpp"
#include "switching/connection_table.hpp"
#include "switching/keyed_hash.hpp"
#include "switching/repeat_filter.hpp"

namespace encluster::switching {

struct FloodLimits {
  /// SYNs without room a second; beyond, a client has to repeat its SYN.
  std::uint32_t syn_rate = 10'000;
  /// Cells of 16 bytes by which repeated SYNs are known; enough for a million SYNs a second.
  std::uint32_t filter_cells = 1u << 20;
};

/// Private to one worker. A flood lasts for as long as a handshake may take after the last SYN that
/// found no room: until then there may be connections that the table does not know.
class SynFlood {
 public:
  /// @param seed secret of the hash; the same for all workers
  SynFlood(const FloodLimits& limits, std::uint64_t seed, std::pmr::memory_resource* memory)
      : rate_(limits.syn_rate), hash_(seed), filter_(limits.filter_cells, memory) {}

  /// Fetches what admit() will look at, if there is a flood. Always inline: gcc takes a function of
  /// a prefetch alone for one without effect, and leaves the call out.
  [[gnu::always_inline]] void prefetch(const ConnectionKey& key, Seconds now) const noexcept {
    if (active(now)) [[unlikely]]
      filter_.prefetch(hash_of(key));
  }

  /// A SYN of a remote found no room. Whether it may pass all the same: while they come too fast,
  /// only those do that are repeated, which honest clients do after a second, and forgers of random
  /// addresses never.
  [[nodiscard]] bool admit(std::uint64_t hash, Seconds now) noexcept {
    ends_ = now + kEmbryonicLife;
    if (now != second_) {
      before_ = now == second_ + 1 ? count_ : 0;
      count_ = 0;
      second_ = now;
    }
    ++count_;
    return std::max(before_, count_) <= rate_ || filter_.is_repeated(hash, now);
  }
  [[nodiscard]] bool active(Seconds now) const noexcept { return now < ends_; }

  /// By which a connection without an entry finds its node. Keyed: no remote can aim at a node.
  [[nodiscard]] std::uint64_t hash_of(const ConnectionKey& key) const noexcept {
    return hash_(key.remote.value(),
                 std::uint64_t{key.remote_port.value()} << 16 | key.cluster_port.value());
  }

 private:
  std::uint32_t rate_;
  KeyedHash hash_;
  RepeatFilter filter_;
  Seconds ends_ = 0;
  Seconds second_ = 0;        ///< of the last SYN without room
  std::uint32_t count_ = 0;   ///< of them in that second
  std::uint32_t before_ = 0;  ///< in the second before
};

}  // namespace encluster::switching
