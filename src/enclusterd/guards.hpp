// The guards of all kernel interfaces that are devices of the gateway.
#pragma once

#include <vector>

#include "control/configuration.hpp"
#include "control/guard.hpp"
#include "control/log.hpp"

namespace encluster {

/// Control thread only.
class Guards {
 public:
  /// Installs them. Before any device is opened: from its first frame on the kernel must keep its
  /// hands off. @param log outlives this object @throws control::KernelError
  Guards(const control::Configuration& configuration, control::Logger& log);

  /// Installs again what somebody has undone.
  void mend() const;

 private:
  control::Logger& log_;
  std::vector<control::Guard> guards_;
};

}  // namespace encluster
