#include "agent/complaints.hpp"

namespace encluster::agent {

void Complaints::tell(const std::string& subject, const std::string& problem,
                      const std::string& remedy) {
  const auto told = problems_.find(subject);
  if (problem.empty()) {
    if (told == problems_.end()) return;
    log_.info("setting_right", {{"subject", subject}});
    problems_.erase(told);
  } else if (told == problems_.end() || told->second != problem) {
    log_.warning("setting_wrong", {{"subject", subject}, {"problem", problem}, {"remedy", remedy}});
    problems_[subject] = problem;
  }
}

}  // namespace encluster::agent
