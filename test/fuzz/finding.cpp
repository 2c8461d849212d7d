#include "fuzz/finding.hpp"

#include <cstdio>
#include <cstdlib>

namespace encluster::fuzz {

void report(std::string_view finding) {
  std::fprintf(stderr, "finding: %.*s\n", static_cast<int>(finding.size()), finding.data());
  std::abort();
}

}  // namespace encluster::fuzz
