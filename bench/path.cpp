#include "path.hpp"

#include <algorithm>
#include <stdexcept>

namespace encluster::bench {

namespace {

std::vector<Path::Share> all_of(std::unique_ptr<Traffic> traffic) {
  std::vector<Path::Share> shares;
  shares.push_back({std::move(traffic), kBatch});
  return shares;
}

}  // namespace

Path::Path(Gateway& gateway, std::string name, std::unique_ptr<Traffic> traffic)
    : Path(gateway, std::move(name), all_of(std::move(traffic))) {}

Path::Path(Gateway& gateway, std::string name, std::vector<Share> shares)
    : gateway_(gateway), name_(std::move(name)) {
  std::seed_seq seed(name_.begin(), name_.end());
  random_.seed(seed);
  for (Share& share : shares) {
    std::vector<Traffic*>& side = share.traffic->origin() == Origin::network ? outside_ : inside_;
    side.insert(side.end(), share.packets, share.traffic.get());
    traffic_.push_back(std::move(share.traffic));
  }
  if (outside_.size() + inside_.size() != kBatch || outside_.size() % kBurst != 0) {
    throw std::logic_error(name_ + ": the shares are not whole bursts of a batch");
  }
  bursts_.assign(outside_.size() / kBurst, Origin::network);
  bursts_.resize(kBatch / kBurst, Origin::interconnect);
}

void Path::prepare(Batch& batch) {
  std::ranges::shuffle(outside_, random_);
  std::ranges::shuffle(inside_, random_);
  std::ranges::shuffle(bursts_, random_);
  auto outside = outside_.begin();
  auto inside = inside_.begin();
  for (std::size_t i = 0; i < kBatch; ++i) {
    Traffic* traffic = bursts_[i / kBurst] == Origin::network ? *outside++ : *inside++;
    traffic->renew(batch, i, random_);
    renewed_by_[i] = traffic;
  }
}

void Path::run(std::span<Packet> burst) noexcept {
  if (burst.front().origin == Origin::network) {
    gateway_.pipeline().from_network(burst, gateway_.snapshot(), Gateway::kNow);
  } else {
    gateway_.pipeline().from_interconnect(burst, gateway_.snapshot(), Gateway::kNow);
  }
}

std::optional<std::string> Path::fault(const Batch& batch) const {
  for (std::size_t i = 0; i < kBatch; ++i) {
    if (auto fault = renewed_by_[i]->fault(batch.packets()[i], i)) return fault;
  }
  return std::nullopt;
}

}  // namespace encluster::bench
