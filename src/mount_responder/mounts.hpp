// Who has mounted what (MOUNT's DUMP): as a node's mountd tells it, and as the cluster does.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "encluster/types.hpp"
#include "mount/export_path.hpp"
#include "mount_responder/question.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::mount_responder {

/// An entry of the list (RFC 1813, section 5.2.2).
struct MountEntry {
  std::string remote;  ///< a name or an address, as the server knows its client
  std::string directory;

  friend auto operator<=>(const MountEntry&, const MountEntry&) = default;
};

/// The call that asks a mountd for its list.
[[nodiscard]] Bytes dump_call(std::uint32_t xid);

/// Whether the bytes begin as an answer to that call does.
[[nodiscard]] bool is_reply_to(std::span<const std::byte> bytes, std::uint32_t xid) noexcept;

/// A mountd's answer to that call. Anything may have been sent in its place.
/// @return nothing unless it is an answer to the call, one of success, with a whole list, and
/// nothing after it
[[nodiscard]] std::optional<std::vector<MountEntry>> read_dump_reply(
    std::span<const std::byte> bytes, std::uint32_t xid);

/// The lists of nodes as one: rising, each entry once.
class Mounts {
 public:
  /// Of this cluster, as it is now.
  explicit Mounts(const switching::ClusterState& cluster);

  /// Adds what a node told. Left out is what is none of its exports; what names an inside address,
  /// or a node, as the client: these are never seen outside, and agents ask for exports, too; and
  /// what is no path, or no name, of printable characters.
  void add(NodeId node, const std::vector<MountEntry>& entries);
  [[nodiscard]] const std::set<MountEntry>& entries() const noexcept { return entries_; }
  /// The list, as XDR. One that would not fit into an answer is longer than that, but not whole.
  [[nodiscard]] Bytes as_xdr() const;

 private:
  [[nodiscard]] bool may_be_told(NodeId node, const MountEntry& entry) const;

  mount::ExportPaths exports_;
  Ipv4Prefix inside_;
  std::set<std::string, std::less<>> nodes_;
  std::set<MountEntry> entries_;
  std::size_t bytes_ = 0;  ///< of text in them
};

}  // namespace encluster::mount_responder
