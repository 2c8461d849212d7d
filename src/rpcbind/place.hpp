// Where a registration says that a program is.
#pragma once

#include <optional>

#include "encluster/types.hpp"
#include "rpcbind/rpcbind.hpp"

namespace encluster::rpcbind {

struct Place {
  Protocol protocol = Protocol::udp;  ///< or TCP
  PortNumber port;                    ///< not 0

  friend bool operator==(const Place&, const Place&) = default;
};

/// Any texts may be given. @return nothing where it is none of TCP or UDP over IPv4, or no place
[[nodiscard]] std::optional<Place> place_of(const Registration& registration);

}  // namespace encluster::rpcbind
