// Whether SYNs come faster than handshakes can be remembered (docs/decisions/0009).
#pragma once

#include "encluster/types.hpp"
#include "switching/connection_life.hpp"
#include "switching/connection_table.hpp"
#include "switching/keyed_hash.hpp"

namespace encluster::switching {

/// Private to one worker. A flood lasts for as long as a handshake may take after the last SYN that
/// found no room: until then there may be connections that the table does not know.
class SynFlood {
 public:
  /// @param seed secret of the hash; the same for all workers
  explicit SynFlood(std::uint64_t seed) noexcept : hash_(seed) {}

  /// A SYN of a remote found no room.
  void note_full(Seconds now) noexcept { ends_ = now + kEmbryonicLife; }
  [[nodiscard]] bool active(Seconds now) const noexcept { return now < ends_; }

  /// By which a connection without an entry finds its node. Keyed: no remote can aim at a node.
  [[nodiscard]] std::uint64_t hash_of(const ConnectionKey& key) const noexcept {
    return hash_(key.remote.value(),
                 std::uint64_t{key.remote_port.value()} << 16 | key.cluster_port.value());
  }

 private:
  KeyedHash hash_;
  Seconds ends_ = 0;
};

}  // namespace encluster::switching
