#include "enclusterd/guards.hpp"

#include "control/kernel_error.hpp"
#include "enclusterd/assemble.hpp"

namespace encluster {

Guards::Guards(const control::Configuration& configuration, control::Logger& log)
    : log_(log), guards_(guards_for(configuration)) {
  for (const control::Guard& guard : guards_) {
    for (const std::string& warning : guard.install()) {
      log_.warning("guard", {{"interface", guard.interface()}, {"problem", warning}});
    }
  }
}

void Guards::mend() const {
  for (const control::Guard& guard : guards_) {
    const auto undone = guard.verify();
    for (const std::string& problem : undone) {
      log_.error("guard_undone", {{"interface", guard.interface()}, {"problem", problem}});
    }
    try {
      if (!undone.empty()) static_cast<void>(guard.install());
    } catch (const control::KernelError& problem) {
      log_.error("guard_failed", {{"interface", guard.interface()}, {"problem", problem.what()}});
    }
  }
}

}  // namespace encluster
