#include "mount_responder/answer_rates.hpp"

#include <algorithm>

namespace encluster::mount_responder {

bool AnswerRates::may_ask(Ipv4Address remote, Time now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    calls_.clear();
  }
  const auto known = calls_.find(remote);
  if (known != calls_.end()) return ++known->second <= kCallsOfRemote;
  if (calls_.size() == kRemotes) return false;
  calls_.emplace(remote, 1);
  return true;
}

bool AnswerRates::may_answer(std::size_t bytes, Time now) {
  return bytes_.take(static_cast<double>(std::max(bytes, kSmallest)), now);
}

}  // namespace encluster::mount_responder
