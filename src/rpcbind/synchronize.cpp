#include "rpcbind/synchronize.hpp"

#include <algorithm>

namespace encluster::rpcbind {

namespace {

bool are_rivals(const Registration& one, const Registration& other) {
  return one.program == other.program && one.version == other.version &&
         one.network == other.network;
}

/// The list, and what is done to it. Each step sees what those before have done.
class Synchronization {
 public:
  Synchronization(Registry& registry, const IsHere& is_here)
      : registry_(registry), is_here_(is_here), list_(registry.list()) {}

  void remove(const Registration& unwanted) {
    const Registration* there = rival_of(unwanted);
    if (there != nullptr && there->address == unwanted.address) unset(*there, changes_.unset);
  }
  void remove_strays(const Plan& plan) {
    for (const Registration& one : std::vector(list_)) {
      if (is_stray(one, plan)) unset(one, changes_.unset);
    }
  }
  void take(const Registration& wanted) {
    const Registration* there = rival_of(wanted);
    if (there != nullptr && there->address == wanted.address) return;
    if (there != nullptr) unset(*there, changes_.taken);
    (registry_.set(wanted) ? changes_.set : changes_.refused).push_back(wanted);
  }
  void take_if_free(const Registration& wanted) {
    const Registration* there = rival_of(wanted);
    const bool elsewhere = there != nullptr && there->address != wanted.address;
    if (!elsewhere || !is_here_(*there)) return take(wanted);
    changes_.yielded.push_back(wanted);
  }
  [[nodiscard]] Changes changes() && { return std::move(changes_); }

 private:
  /// What is registered for the same program, version and network; null if nothing is.
  [[nodiscard]] const Registration* rival_of(const Registration& registration) const {
    const auto rival = std::ranges::find_if(
        list_, [&](const Registration& one) { return are_rivals(one, registration); });
    return rival == list_.end() ? nullptr : &*rival;
  }
  [[nodiscard]] bool is_stray(const Registration& one, const Plan& plan) const {
    const bool by_ipv4 = one.network == "udp" || one.network == "tcp";
    const bool as_ours = by_ipv4 && one.address.starts_with("0.0.0.0.");
    if (!as_ours || !plan.of_nodes.contains(one.program)) return false;
    const auto is_rival = [&](const Registration& wanted) { return are_rivals(wanted, one); };
    return std::ranges::none_of(plan.nodes, is_rival) &&
           std::ranges::none_of(plan.cluster, is_rival) && !is_here_(one);
  }
  void unset(Registration registration, std::vector<Registration>& done) {
    if (!registry_.unset(registration)) return;
    std::erase_if(list_, [&](const Registration& one) { return are_rivals(one, registration); });
    done.push_back(std::move(registration));
  }

  Registry& registry_;
  const IsHere& is_here_;
  std::vector<Registration> list_;
  Changes changes_;
};

}  // namespace

Changes synchronize(Registry& registry, const Plan& plan, const IsHere& is_here) {
  Synchronization synchronization(registry, is_here);
  for (const Registration& one : plan.unwanted) synchronization.remove(one);
  synchronization.remove_strays(plan);
  for (const Registration& one : plan.cluster) synchronization.take(one);
  for (const Registration& one : plan.nodes) synchronization.take_if_free(one);
  return std::move(synchronization).changes();
}

}  // namespace encluster::rpcbind
