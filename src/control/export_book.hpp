// What nodes' agents have found of their exports, and the file that keeps it: remotes hold file
// handles for as long as they have a directory mounted, longer than any gateway or agent runs.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent_protocol/messages.hpp"

namespace encluster::control {

/// What a node told last, and what it told before of that which it does not know now.
struct BookedExports {
  std::string node;
  agent_protocol::Exports exports;

  friend bool operator==(const BookedExports&, const BookedExports&) = default;
};

/// @throws ConfigurationError, in the form of the configuration's
[[nodiscard]] std::vector<BookedExports> parse_export_book(const std::string& text,
                                                           const std::filesystem::path& file);
[[nodiscard]] std::string format_export_book(const std::vector<BookedExports>& nodes);

/// Control thread only.
class ExportBook {
 public:
  /// Without a file: nothing outlives this object.
  ExportBook() = default;
  /// Reads the file; one that is not there says nothing. Nor does one that cannot be read:
  /// problem() tells, and the next change puts it aside as FILE.damaged.
  explicit ExportBook(std::filesystem::path file);

  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// In the order in which they were first heard of.
  [[nodiscard]] const std::vector<BookedExports>& nodes() const noexcept { return nodes_; }

  /// What the node's agent has told. @return whether anything is new: a node without exports is not
  bool note(std::string_view node, const agent_protocol::Exports& told);
  /// Forgets other nodes than these. @return whether it knew some
  bool keep_only(const std::set<std::string>& nodes);
  /// Makes the file as the book is. @throws std::runtime_error naming the file
  void save();

 private:
  std::filesystem::path file_;
  std::string problem_;
  bool damaged_ = false;  ///< the file is there, and not understood
  std::vector<BookedExports> nodes_;
};

}  // namespace encluster::control
