// File-system keys, and whose they are: immutable, made once for each snapshot.
#pragma once

#include <cstddef>
#include <vector>

#include "encluster/routing_function.hpp"

namespace encluster::nfs {

/// A hash table with open addressing, at a load of at most one quarter, under that of some seeds
/// which leaves most keys at their first place: a branch for each key that is not is one that
/// processors cannot foresee. Any number of threads may call find() at once.
class ExportTable {
 public:
  /// Where the calls for a file system go. One cache line.
  struct alignas(64) Entry {
    FileSystemKey key;  ///< none: nothing is here
    NodeId node;
    bool open = false;      ///< any remote may use it
    std::size_t index = 0;  ///< of the export

    [[nodiscard]] bool used() const noexcept { return key.kind() != FileSystemKeyKind::none; }
  };

  explicit ExportTable(std::vector<ExportConfig> exports);

  /// The entry with the key; one that is not used if there is none. Valid as long as the table.
  [[nodiscard]] const Entry& find(const FileSystemKey& key) const noexcept {
    std::size_t at = key.hash(seed_) & mask_;
    while (entries_[at].key != key && entries_[at].used()) at = (at + 1) & mask_;
    return entries_[at];
  }
  [[nodiscard]] const ExportConfig& export_of(const Entry& entry) const noexcept {
    return exports_[entry.index];
  }
  /// Whether the gateway itself exports anything.
  [[nodiscard]] bool has_gateway() const noexcept { return has_gateway_; }

 private:
  /// Fills the table under the seed. @return how many keys are not at their first place
  std::size_t fill(std::uint64_t seed);

  std::vector<ExportConfig> exports_;
  std::vector<Entry> entries_;  ///< a power of two
  std::size_t mask_;
  std::uint64_t seed_ = 0;
  bool has_gateway_ = false;
};

}  // namespace encluster::nfs
