// What a request is about: the path and the query of its target.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace encluster::rest {

struct Target {
  std::string path;                          ///< decoded; begins with '/'
  std::map<std::string, std::string> query;  ///< decoded
};

/// Of a target in origin form, or in absolute form, whose scheme and authority say nothing (RFC
/// 9112, section 3.2). Nothing if it is neither, is wrongly encoded, or asks one thing twice.
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);

}  // namespace encluster::rest
