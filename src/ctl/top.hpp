// enclusterctl top: what the gateway does, again and again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>

#include "ctl/rest_options.hpp"

namespace encluster::ctl {

struct TopOptions {
  std::chrono::seconds interval{1};
  std::optional<std::uint64_t> count;  ///< how often to print; nothing: live, or once to a pipe
};

/// What the command line says of top. @throws UsageError
[[nodiscard]] TopOptions top_options(const RestOptions& options);

/// Live where a person looks on, until `q` or Ctrl-C: then a gateway that does not answer is told
/// of, and asked again. Otherwise prints to `output`.
/// @throws std::runtime_error with the gateway's reason; UsageError
void show_top(const RestOptions& options, std::ostream& output);

}  // namespace encluster::ctl
