#include "datapath/error.hpp"

#include <rte_errno.h>

#include <cstdlib>
#include <string>

namespace encluster::datapath {

void fail(std::string_view what, int code, std::string_view advice) {
  std::string text(what);
  text.append(": ").append(rte_strerror(std::abs(code))).append("; ").append(advice);
  throw DatapathError(text);
}

}  // namespace encluster::datapath
