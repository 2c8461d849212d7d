// What MOUNT's EXPORT tells: the cluster's exports, as if they were one server's.
#pragma once

#include <cstddef>
#include <vector>

#include "encluster/routing_function.hpp"

namespace encluster::mount {

/// The `exports` of RFC 1813, section 5.2.5, as XDR: paths, each with those who may mount it.
[[nodiscard]] std::vector<std::byte> exports_as_xdr(const std::vector<ExportConfig>& exports);

}  // namespace encluster::mount
