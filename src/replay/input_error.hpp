// A capture that cannot be read.
#pragma once

#include <stdexcept>

namespace encluster::replay {

/// what() names the file, the byte and the problem.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace encluster::replay
