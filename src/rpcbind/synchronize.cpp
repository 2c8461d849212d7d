#include "rpcbind/synchronize.hpp"

#include <algorithm>

namespace encluster::rpcbind {

namespace {

/// What is registered for the same program, version and network; null if nothing is.
const Registration* rival_of(const Registration& registration,
                             const std::vector<Registration>& list) {
  const auto rival = std::ranges::find_if(list, [&](const Registration& one) {
    return one.program == registration.program && one.version == registration.version &&
           one.network == registration.network;
  });
  return rival == list.end() ? nullptr : &*rival;
}

}  // namespace

Changes synchronize(Registry& registry, const std::vector<Registration>& wanted,
                    const std::vector<Registration>& unwanted) {
  Changes changes;
  std::vector<Registration> list = registry.list();
  for (const Registration& one : unwanted) {
    const Registration* there = rival_of(one, list);
    if (there == nullptr || there->address != one.address) continue;
    if (registry.unset(*there)) changes.unset.push_back(one);
  }
  if (!changes.unset.empty()) list = registry.list();
  for (const Registration& one : wanted) {
    const Registration* there = rival_of(one, list);
    if (there != nullptr && there->address == one.address) continue;
    if (there != nullptr && registry.unset(*there)) changes.taken.push_back(*there);
    (registry.set(one) ? changes.set : changes.refused).push_back(one);
  }
  return changes;
}

}  // namespace encluster::rpcbind
