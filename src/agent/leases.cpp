#include "agent/leases.hpp"

#include <algorithm>
#include <utility>

namespace encluster::agent {

using agent_protocol::LeaseAnswer;
using agent_protocol::LeasedPort;
using agent_protocol::LeaseRelease;
using agent_protocol::LeaseRequest;
using agent_protocol::LeaseResult;

LeaseActions Leases::ask(KeeperId keeper, const LeasedPort& port) {
  LeaseActions actions;
  const auto found = entries_.find(port);
  if (found == entries_.end()) {
    if (entries_.size() >= agent_protocol::kMaxLeases) {
      actions.to_keepers.emplace_back(keeper, Denied{LeaseResult::too_many, {}});
      return actions;
    }
    const auto entry = entries_.emplace(port, Entry{.keeper = keeper}).first;
    request(*entry, actions);
  } else if (!found->second.keeper && !found->second.heir) {
    found->second.heir = keeper;
  } else {
    actions.to_keepers.emplace_back(keeper, Denied{LeaseResult::taken, node_});
  }
  return actions;
}

LeaseActions Leases::hold(KeeperId keeper, const Hold& held, BootTime now) {
  LeaseActions actions;
  const auto found = entries_.find(held.port);
  const bool fresh = found == entries_.end();
  if (held.until <= now || (fresh && entries_.size() >= agent_protocol::kMaxLeases)) {
    actions.to_keepers.emplace_back(keeper, Lost{});
    return actions;
  }
  if (fresh) {
    const auto entry =
        entries_.emplace(held.port, Entry{.state = State::reclaimed, .keeper = keeper}).first;
    request(*entry, actions);
    return actions;
  }
  Entry& entry = found->second;
  if (entry.keeper && entry.state != State::asked && !is_seen(*entry.keeper)) {
    actions.to_keepers.emplace_back(keeper, Lost{});
    return actions;
  }
  // Who uses the port comes before those who would like to.
  const auto other = entry.keeper ? entry.keeper : entry.heir;
  if (other) actions.to_keepers.emplace_back(*other, Denied{LeaseResult::taken, node_});
  entry.heir.reset();
  entry.keeper = keeper;
  if (entry.state == State::asked) entry.state = State::reclaimed;
  if (joined_ && entry.state == State::held) {
    actions.to_keepers.emplace_back(keeper, Valid{validity()});
  }
  return actions;
}

LeaseActions Leases::release(KeeperId keeper) {
  const auto entry = entry_of(keeper);
  return entry == entries_.end() ? LeaseActions() : release(keeper, LeasedPort(entry->first));
}

LeaseActions Leases::release(KeeperId keeper, const LeasedPort& port) {
  LeaseActions actions;
  const auto entry = entries_.find(port);
  if (entry == entries_.end()) return actions;
  if (entry->second.heir == keeper) entry->second.heir.reset();
  if (entry->second.keeper != keeper) return actions;
  if (joined_) actions.to_gateway.emplace_back(LeaseRelease{port});
  entries_.erase(entry);
  return actions;
}

LeaseActions Leases::withdraw(const LeasedPort& port) const {
  LeaseActions actions;
  if (joined_ && !entries_.contains(port)) actions.to_gateway.emplace_back(LeaseRelease{port});
  return actions;
}

void Leases::disconnected(KeeperId keeper, BootTime now) {
  for (auto& [port, entry] : entries_) {
    if (entry.heir == keeper) entry.heir.reset();
    if (entry.keeper != keeper) continue;
    entry.keeper.reset();
    entry.orphan_until = now + kOrphanGrace;
  }
}

bool Leases::knows(KeeperId keeper) const {
  return std::ranges::any_of(entries_, [keeper](const auto& item) {
    return item.second.keeper == keeper || item.second.heir == keeper;
  });
}

std::vector<LeasedPort> Leases::present() {
  std::vector<LeasedPort> ports;
  for (const auto& [port, entry] : entries_) {
    if (entry.state != State::asked) ports.push_back(port);
  }
  presented_ = {ports.begin(), ports.end()};
  return ports;
}

LeaseActions Leases::joined(const agent_protocol::Welcome& welcome, BootTime sent) {
  LeaseActions actions;
  fence_ = welcome.fence;
  valid_until_ = sent + welcome.fence;
  for (const LeasedPort& port : welcome.lost) {
    if (presented_.erase(port) == 0) continue;
    const auto entry = entries_.find(port);
    if (entry != entries_.end() && entry->second.state != State::asked) lose(entry, actions);
  }
  joined_ = true;
  for (const LeasedPort& port : presented_) {
    // Its command ended between Join and Welcome.
    if (!entries_.contains(port)) actions.to_gateway.emplace_back(LeaseRelease{port});
  }
  for (auto& item : entries_) {
    Entry& entry = item.second;
    if (entry.state == State::asked || !presented_.contains(item.first)) {
      request(item, actions);
      continue;
    }
    entry.state = State::held;
    if (entry.keeper) actions.to_keepers.emplace_back(*entry.keeper, Valid{validity()});
  }
  return actions;
}

void Leases::parted() {
  joined_ = false;
  presented_.clear();
}

LeaseActions Leases::answered(const LeaseAnswer& answer) {
  LeaseActions actions;
  const auto found = std::ranges::find_if(entries_, [&answer](const auto& item) {
    return item.second.state != State::held && item.second.request == answer.request;
  });
  if (found == entries_.end()) return actions;  // given up meanwhile
  Entry& entry = found->second;
  const bool granted = answer.result == LeaseResult::granted;
  if (!granted && entry.state == State::reclaimed) {
    lose(found, actions);
  } else if (!granted) {
    for (const auto& keeper : {entry.keeper, entry.heir}) {
      if (keeper) actions.to_keepers.emplace_back(*keeper, Denied{answer.result, answer.owner});
    }
    entries_.erase(found);
  } else {
    const State before = std::exchange(entry.state, State::held);
    if (!entry.keeper) return actions;
    actions.to_keepers.emplace_back(*entry.keeper, before == State::asked
                                                       ? ToKeeper(Granted{validity()})
                                                       : ToKeeper(Valid{validity()}));
  }
  return actions;
}

LeaseActions Leases::renewed(BootTime sent) {
  LeaseActions actions;
  valid_until_ = sent + fence_;
  for (const auto& [port, entry] : entries_) {
    if (entry.state != State::held || !entry.keeper) continue;
    actions.to_keepers.emplace_back(*entry.keeper, Valid{validity()});
  }
  return actions;
}

LeaseActions Leases::tick(BootTime now) {
  LeaseActions actions;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.keeper || now < entry->second.orphan_until) {
      ++entry;
    } else if (entry->second.heir) {
      inherit(*entry++, actions);
    } else {
      if (joined_) actions.to_gateway.emplace_back(LeaseRelease{entry->first});
      entry = entries_.erase(entry);
    }
  }
  return actions;
}

void Leases::request(Entries::value_type& entry, LeaseActions& actions) {
  entry.second.request = ++last_request_;
  if (joined_) actions.to_gateway.emplace_back(LeaseRequest{last_request_, entry.first});
}

Leases::Entries::iterator Leases::entry_of(KeeperId keeper) {
  return std::ranges::find_if(entries_,
                              [keeper](const auto& item) { return item.second.keeper == keeper; });
}

void Leases::lose(Entries::iterator entry, LeaseActions& actions) {
  if (entry->second.keeper) actions.to_keepers.emplace_back(*entry->second.keeper, Lost{});
  if (entry->second.heir) {
    inherit(*entry, actions);
  } else {
    entries_.erase(entry);
  }
}

void Leases::inherit(Entries::value_type& entry, LeaseActions& actions) {
  entry.second.state = State::asked;
  entry.second.keeper = std::exchange(entry.second.heir, std::nullopt);
  request(entry, actions);
}

}  // namespace encluster::agent
