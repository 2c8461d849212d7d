#include "control/neighbours.hpp"

#include <algorithm>
#include <chrono>

namespace encluster::control {
namespace {

constexpr std::chrono::milliseconds kStep{100};
constexpr std::size_t kSteps = 20;  ///< of a rota: two seconds

}  // namespace

Neighbours::Neighbours(const boost::asio::any_io_executor& executor,
                       std::unique_ptr<NeighbourTable> table, std::size_t maximum)
    : timer_(executor), table_(std::move(table)), maximum_(maximum) {}

void Neighbours::start() { wait(); }

void Neighbours::wait() {
  timer_.expires_after(kStep);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    refresh();
    wait();
  });
}

void Neighbours::keep(const std::vector<Key>& kept) {
  for (auto& [key, place] : entries_) {
    if (!place && std::ranges::find(kept, key) == kept.end()) {
      place = order_.insert(order_.begin(), key);
    }
  }
  for (const Key& key : kept) {
    const auto [entry, inserted] = entries_.try_emplace(key);
    if (inserted) table_->ask(key.first, key.second);
    if (entry->second) order_.erase(*entry->second);
    entry->second.reset();
  }
}

void Neighbours::resolve(Egress egress, Ipv4Address address) {
  const Key key(egress, address);
  const auto known = entries_.find(key);
  if (known == entries_.end()) {
    add(key);
  } else if (known->second) {
    order_.splice(order_.begin(), order_, *known->second);
  }
}

void Neighbours::note(Egress egress, Ipv4Address address, NeighbourState state) {
  const auto known = entries_.find({egress, address});
  if (known == entries_.end() || !known->second) return;
  if (state == NeighbourState::failed || state == NeighbourState::gone) drop(known->first);
}

void Neighbours::refresh() {
  const std::size_t share = (entries_.size() + kSteps - 1) / kSteps;
  for (std::size_t i = 0; i < share; ++i) {
    auto next = entries_.upper_bound(refreshed_);
    if (next == entries_.end()) next = entries_.begin();
    refreshed_ = next->first;
    table_->ask(refreshed_.first, refreshed_.second);
  }
}

void Neighbours::add(const Key& key) {
  if (entries_.size() >= maximum_) {
    if (order_.empty()) return;  // nothing but kept ones
    drop(order_.back());
  }
  entries_.emplace(key, order_.insert(order_.begin(), key));
  table_->ask(key.first, key.second);
}

void Neighbours::drop(Key key) {
  const auto known = entries_.find(key);
  table_->forget(key.first, key.second);
  order_.erase(*known->second);
  entries_.erase(known);
}

}  // namespace encluster::control
