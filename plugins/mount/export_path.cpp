#include "mount/export_path.hpp"

#include <algorithm>
#include <utility>

namespace encluster::mount {

ShortestPath::ShortestPath(std::span<const std::byte> path) noexcept {
  std::string_view rest(reinterpret_cast<const char*>(path.data()), path.size());
  if (rest.empty() || rest.size() > kMaxPath || rest.find('\0') != std::string_view::npos) return;
  text_[0] = '/';
  size_ = 1;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    add(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
}

/// There is room: with its slash, a component takes what it took in the path, but for the slash
/// that the client may have left out.
void ShortestPath::add(std::string_view component) noexcept {
  if (component.empty() || component == ".") return;
  if (component == "..") {
    size_ = std::max<std::size_t>(text().rfind('/'), 1);
    return;
  }
  if (size_ > 1) text_[size_++] = '/';
  std::ranges::copy(component, text_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += component.size();
}

ExportPaths::ExportPaths(std::vector<ExportConfig> exports) : exports_(std::move(exports)) {
  std::ranges::sort(exports_, {}, &ExportConfig::path);
}

const ExportConfig* ExportPaths::exactly(std::string_view path) const noexcept {
  const auto found = std::ranges::lower_bound(
      exports_, path, {}, [](const ExportConfig& one) { return std::string_view(one.path); });
  return found != exports_.end() && found->path == path ? &*found : nullptr;
}

const ExportConfig* ExportPaths::find(std::string_view path) const noexcept {
  while (path.size() > 1) {
    if (const ExportConfig* found = exactly(path)) return found;
    path = path.substr(0, path.rfind('/'));
  }
  return exactly("/");
}

}  // namespace encluster::mount
