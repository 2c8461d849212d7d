#pragma once

#include <stdexcept>

namespace encluster::control {

/// The kernel refused what the gateway needs of it. `what()` is a sentence for the operator: what
/// was tried on which interface, the kernel's reason, and, where there is one, the remedy.
class KernelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace encluster::control
