// What others wrote, as part of an answer.
#pragma once

#include <string>
#include <string_view>

namespace encluster::rest {

/// Printable ASCII: all else, and the backslash, is escaped as in the log (`\n`, `\xff`, `\\`).
/// What exceeds 1024 bytes is cut, and `...` says so.
[[nodiscard]] std::string plain(std::string_view text);

}  // namespace encluster::rest
