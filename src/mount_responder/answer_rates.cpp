#include "mount_responder/answer_rates.hpp"

namespace encluster::mount_responder {

bool AnswerRates::may_ask(Ipv4Address remote, Time now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    calls_.clear();
  }
  const auto known = calls_.find(remote);
  if (known == calls_.end() && calls_.size() == kRemotes) return false;
  unsigned& calls = known == calls_.end() ? calls_[remote] : known->second;
  return ++calls <= kCallsOfRemote && bytes_.take(static_cast<double>(kSmallest), now);
}

bool AnswerRates::may_answer(std::size_t bytes, Time now) {
  return bytes <= kSmallest || bytes_.take(static_cast<double>(bytes - kSmallest), now);
}

}  // namespace encluster::mount_responder
