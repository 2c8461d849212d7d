// How a fuzz target says what is wrong.
#pragma once

#include <string_view>

namespace encluster::fuzz {

/// Prints the finding and aborts, so that the fuzzer keeps the input.
[[noreturn]] void report(std::string_view finding);

/// Reports the sentence unless it is so. What must be computed for a longer one is left to the
/// caller: most checks hold.
inline void require(bool holds, std::string_view otherwise) {
  if (!holds) report(otherwise);
}

}  // namespace encluster::fuzz
