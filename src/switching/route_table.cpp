#include "switching/route_table.hpp"

namespace encluster::switching {

namespace {

std::vector<Ipv4Prefix> prefixes_of(const std::vector<Route>& routes) {
  std::vector<Ipv4Prefix> prefixes;
  prefixes.reserve(routes.size());
  for (const Route& route : routes) prefixes.push_back(route.prefix);
  return prefixes;
}

}  // namespace

RouteTable::RouteTable(const std::vector<Route>& routes)
    : routes_(routes), positions_(prefixes_of(routes)) {}

}  // namespace encluster::switching
