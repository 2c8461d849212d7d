#include "agent/seen_ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <variant>

#include "agent_protocol/names.hpp"

namespace encluster::agent {

using agent_protocol::kMaxLeases;
using agent_protocol::LeasedPort;
using agent_protocol::LeaseResult;

namespace {

void append(LeaseActions& actions, LeaseActions more) {
  std::ranges::move(more.to_gateway, std::back_inserter(actions.to_gateway));
  std::ranges::move(more.to_keepers, std::back_inserter(actions.to_keepers));
}

std::string text_of(const LeasedPort& port) {
  return fmt::format("{}/{}", port.port.value(), port.protocol == Protocol::udp ? "udp" : "tcp");
}

/// Takes one of a bucket that is made, full, when it is needed first.
bool take(std::optional<control::TokenBucket>& bucket, double rate, double burst, BootTime now) {
  const control::TokenBucket::Time time{now.time_since_epoch()};
  if (!bucket) bucket.emplace(rate, burst, time);
  return bucket->take(1, time);
}

}  // namespace

SeenPorts::SeenPorts(std::string node, Leases& leases, FindUser find_user, control::Logger& log)
    : node_(std::move(node)), leases_(leases), find_user_(std::move(find_user)), log_(log) {}

void SeenPorts::restore(std::vector<LeasedPort> ports, BootTime until) {
  restored_ = std::move(ports);
  std::ranges::sort(restored_);
  valid_until_ = until;
}

LeaseActions SeenPorts::update(const BoundPorts& bound, BootTime now) {
  LeaseActions actions;
  for (auto port = ports_.begin(); port != ports_.end();) {
    if (bound.contains(port->first)) {
      ++port;
      continue;
    }
    end(*port, actions);
    port = ports_.erase(port);
  }
  std::size_t over = 0;
  for (const auto& [port, inode] : bound) {
    if (const auto known = ports_.find(port); known != ports_.end()) {
      known->second.inode = inode;
    } else if (ports_.size() < kMaxLeases) {
      ports_.emplace(port, begin(port, inode, now, actions));
    } else {
      ++over;
    }
  }
  restored_.clear();
  if (over != 0 && !over_told_) {
    log_.warning("ports_not_leased", {{"count", over}, {"most", kMaxLeases}});
  }
  over_told_ = over != 0;
  ask_due(now, actions);
  return actions;
}

SeenPorts::Port SeenPorts::begin(const LeasedPort& port, std::uint32_t inode, BootTime now,
                                 LeaseActions& actions) {
  const bool goes_on = now < valid_until_ && std::ranges::binary_search(restored_, port);
  if (!goes_on) return {.inode = inode, .ask_at = now};
  append(actions, leases_.hold(seen_keeper(port), {port, valid_until_}, now));
  return {.state = State::held, .inode = inode};
}

void SeenPorts::end(const Ports::value_type& port, LeaseActions& actions) {
  append(actions, leases_.release(seen_keeper(port.first), port.first));
  std::string holder = port.second.holder;
  if (holder.empty()) return;
  // The gateway need not wait to see that nobody asks any more.
  if (port.second.state == State::waiting) append(actions, leases_.withdraw(port.first));
  end_conflict(port.first, holder, "closed");
}

void SeenPorts::received(KeeperId keeper, const ToKeeper& message, BootTime now) {
  const auto port = ports_.find(seen_port(keeper));
  if (port == ports_.end()) return;
  if (const auto* const granted = std::get_if<Granted>(&message)) {
    grant(*port, granted->validity);
  } else if (const auto* const valid = std::get_if<Valid>(&message)) {
    grant(*port, valid->validity);
  } else if (const auto* const denied = std::get_if<Denied>(&message)) {
    deny(*port, *denied, now);
  } else {
    port->second.state = State::waiting;
    port->second.ask_at = now;
  }
}

void SeenPorts::grant(Ports::value_type& item, const Validity& validity) {
  Port& port = item.second;
  valid_until_ = validity.until;
  port.state = State::held;
  port.denied = port.hopeless = port.told = false;
  end_conflict(item.first, port.holder, "leased");
}

void SeenPorts::deny(Ports::value_type& item, const Denied& denied, BootTime now) {
  Port& port = item.second;
  const bool covered = denied.result == LeaseResult::taken && denied.owner == node_;
  const bool conflict = !covered && (denied.result == LeaseResult::taken ||
                                     denied.result == LeaseResult::quarantined);
  port.state = State::waiting;
  port.denied = true;
  port.hopeless = !covered && !conflict;
  port.ask_at = now + (conflict ? kRetry : covered ? kCovered : kHopeless);
  if (conflict) {
    tell_conflict(item, denied, now);
    return;
  }
  end_conflict(item.first, port.holder, covered ? "leased" : "not leasable");
  if (port.hopeless) tell_hopeless(item, denied);
}

void SeenPorts::tell_conflict(Ports::value_type& item, const Denied& denied, BootTime now) {
  Port& port = item.second;
  const std::string holder = denied.owner.empty() ? "another node" : denied.owner;
  if (port.holder == holder) return;
  if (port.holder.empty()) ++conflicts_;
  port.holder = holder;
  const auto user = user_of(port.inode, now);
  const std::string name = text_of(item.first);
  const auto result = agent_protocol::name_of(denied.result);
  if (user) {
    log_.warning("port_conflict", {{"port", name},
                                   {"holder", holder},
                                   {"reason", result},
                                   {"pid", user->process},
                                   {"command", user->command}});
  } else {
    log_.warning("port_conflict", {{"port", name}, {"holder", holder}, {"reason", result}});
  }
}

void SeenPorts::tell_hopeless(Ports::value_type& item, const Denied& denied) {
  if (std::exchange(item.second.told, true)) return;
  // A service of the configuration may well run here, and be reached: no alarm.
  const bool expected = denied.result == LeaseResult::not_leasable;
  log_.log(expected ? control::LogLevel::info : control::LogLevel::warning, "port_not_leased",
           {{"port", text_of(item.first)}, {"reason", agent_protocol::name_of(denied.result)}});
}

void SeenPorts::end_conflict(const LeasedPort& port, std::string& holder, const char* why) {
  if (holder.empty()) return;
  --conflicts_;
  log_.info("port_conflict_over", {{"port", text_of(port)}, {"holder", holder}, {"reason", why}});
  holder.clear();
}

std::optional<SocketUser> SeenPorts::user_of(std::uint32_t inode, BootTime now) {
  if (inode == 0 || !take(searches_, kSearches, kSearchBurst, now)) return std::nullopt;
  return find_user_(inode);
}

LeaseActions SeenPorts::expire(BootTime now) {
  LeaseActions actions;
  if (now < valid_until_) return actions;
  std::size_t count = 0;
  for (auto& [port, entry] : ports_) {
    if (entry.state != State::held) continue;
    append(actions, leases_.release(seen_keeper(port), port));
    entry.state = State::waiting;
    entry.ask_at = now;
    ++count;
  }
  if (count != 0) log_.warning("leases_over", {{"ports", count}});
  return actions;
}

LeaseActions SeenPorts::tick(BootTime now) {
  LeaseActions actions = expire(now);
  ask_due(now, actions);
  return actions;
}

void SeenPorts::ask_due(BootTime now, LeaseActions& actions) {
  std::vector<Ports::value_type*> due;
  for (auto& item : ports_) {
    const Port& port = item.second;
    if (port.state == State::waiting && port.ask_at <= now) due.push_back(&item);
  }
  // What is new does not wait behind what was denied before.
  const auto order = [](const Ports::value_type* item) {
    return std::tuple(item->second.denied, item->second.ask_at, item->first);
  };
  std::ranges::sort(due, {}, order);
  for (Ports::value_type* const item : due) {
    if (!take(requests_, kRate, kBurst, now)) return;
    item->second.state = State::asked;
    append(actions, leases_.ask(seen_keeper(item->first), item->first));
  }
}

void SeenPorts::reconsider(BootTime now) {
  for (auto& [port, entry] : ports_) {
    if (entry.state == State::waiting && entry.hopeless) entry.ask_at = now;
  }
}

std::vector<LeasedPort> SeenPorts::held() const {
  std::vector<LeasedPort> held;
  for (const auto& [port, entry] : ports_) {
    if (entry.state == State::held) held.push_back(port);
  }
  return held;
}

}  // namespace encluster::agent
