#include "nfs/export_table.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace encluster::nfs {

namespace {

std::size_t keys_of(const std::vector<ExportConfig>& exports) {
  std::size_t keys = 0;
  for (const ExportConfig& one : exports) keys += one.keys.size();
  return keys;
}

}  // namespace

ExportTable::ExportTable(std::vector<ExportConfig> exports)
    : exports_(std::move(exports)),
      entries_(std::bit_ceil(4 * keys_of(exports_) + 2)),
      mask_(entries_.size() - 1) {
  constexpr std::uint64_t kSeeds = 64;
  std::size_t fewest = fill(0);
  std::uint64_t best = 0;
  for (std::uint64_t seed = 1; seed < kSeeds && fewest != 0; ++seed) {
    const std::size_t displaced = fill(seed);
    if (displaced < fewest) {
      fewest = displaced;
      best = seed;
    }
  }
  if (seed_ != best) fill(best);
  for (const ExportConfig& one : exports_) has_gateway_ |= one.node.is_gateway();
}

std::size_t ExportTable::fill(std::uint64_t seed) {
  std::ranges::fill(entries_, Entry());
  seed_ = seed;
  std::size_t displaced = 0;
  for (std::size_t i = 0; i < exports_.size(); ++i) {
    const ExportConfig& one = exports_[i];
    for (const FileSystemKey& key : one.keys) {
      std::size_t at = key.hash(seed) & mask_;
      if (entries_[at].used()) ++displaced;
      while (entries_[at].used()) at = (at + 1) & mask_;
      entries_[at] = {key, one.node, one.clients.empty(), i};
    }
  }
  return displaced;
}

}  // namespace encluster::nfs
