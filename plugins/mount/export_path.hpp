// Directories as clients name them, and the export that they are in.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "encluster/routing_function.hpp"

namespace encluster::mount {

inline constexpr std::size_t kMaxPath = 1024;  ///< bytes (RFC 1813, MNTPATHLEN)

/// A path in its shortest form: absolute, also if the client left the first slash out; no `//`, `.`
/// or `..`, no slash at the end but the root's. What its bytes mean is of no concern, but that none
/// is zero. Keeps no pointer; no allocation.
class ShortestPath {
 public:
  /// @param path as sent
  explicit ShortestPath(std::span<const std::byte> path) noexcept;

  /// False if the path is empty, longer than kMaxPath, or holds a byte zero.
  [[nodiscard]] bool ok() const noexcept { return size_ != 0; }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  void add(std::string_view component) noexcept;

  std::array<char, kMaxPath + 1> text_;
  std::size_t size_ = 0;
};

/// The cluster's exports, by their paths. Immutable; any number of threads at once.
class ExportPaths {
 public:
  explicit ExportPaths(std::vector<ExportConfig> exports);

  /// The export with the longest path that is a directory of the path, or the path itself: of
  /// `/export/home`, `/export/home/x` is, and `/export/homes` is not. Null if there is none.
  [[nodiscard]] const ExportConfig* find(std::string_view path) const noexcept;
  [[nodiscard]] const std::vector<ExportConfig>& all() const noexcept { return exports_; }

 private:
  [[nodiscard]] const ExportConfig* exactly(std::string_view path) const noexcept;

  std::vector<ExportConfig> exports_;  ///< rising by path
};

}  // namespace encluster::mount
