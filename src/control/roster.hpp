// What was changed of the nodes at run time, and the file that keeps it (docs/configuration.md,
// `rest`). It wins over the configuration until it is cleared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "control/node_share.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::control {

/// Of one node; nothing: as the configuration says.
struct NodeChange {
  std::optional<std::uint16_t> weight;
  std::optional<bool> draining;

  [[nodiscard]] bool empty() const noexcept { return !weight && !draining; }
  [[nodiscard]] NodeShare over(const NodeShare& configured) const noexcept {
    return {weight.value_or(configured.weight), draining.value_or(configured.draining)};
  }
  friend bool operator==(const NodeChange&, const NodeChange&) = default;
};

/// By name of the node; none is empty.
using NodeChanges = std::map<std::string, NodeChange, std::less<>>;

/// @throws ConfigurationError, in the form of the configuration's
[[nodiscard]] NodeChanges parse_roster(const std::string& text, const std::filesystem::path& file);
[[nodiscard]] std::string format_roster(const NodeChanges& changes);

/// Control thread only.
class Roster {
 public:
  /// Without a file: nothing is ever changed.
  Roster() = default;
  /// Reads the file; one that is not there says that nothing was changed. Nor does one that cannot
  /// be read: problem() tells. It stays as it is until the next change, which puts it aside as
  /// FILE.damaged.
  explicit Roster(std::filesystem::path file);

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] const NodeChanges& changes() const noexcept { return changes_; }
  /// Of a node; empty where nothing was changed.
  [[nodiscard]] NodeChange of(std::string_view node) const;

  /// When it returns, the change is safe on the disk.
  /// @throws std::system_error naming the file, and then nothing has changed
  void set(const std::string& node, const NodeChange& change);
  /// Forgets other nodes than these. @return whom it forgot
  /// @throws std::system_error naming the file: it remembers them still
  std::set<std::string> keep_only(const std::set<std::string>& nodes);

  /// Changes the state of a configuration so.
  void apply_to(switching::ClusterState& state) const;

 private:
  void replace(NodeChanges next);

  std::filesystem::path file_;
  std::string problem_;
  bool damaged_ = false;  ///< the file is there, and not understood
  NodeChanges changes_;
};

/// The gateway's name among the nodes.
inline constexpr std::string_view kGatewayName = "gateway";

}  // namespace encluster::control
