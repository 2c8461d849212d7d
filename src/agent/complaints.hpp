// What is wrong with a node, said once.
#pragma once

#include <map>
#include <string>

#include "control/log.hpp"

namespace encluster::agent {

/// Logs a problem when it is news (`event=setting_wrong`), and that there is none any more
/// (`event=setting_right`). One thread.
class Complaints {
 public:
  /// @param log outlives this object
  explicit Complaints(control::Logger& log) : log_(log) {}

  /// @param problem empty: there is none
  /// @param remedy what to do about it
  void tell(const std::string& subject, const std::string& problem, const std::string& remedy);

 private:
  control::Logger& log_;
  std::map<std::string, std::string> problems_;  ///< by subject, those told
};

}  // namespace encluster::agent
