#include "agent/services.hpp"

#include <algorithm>
#include <utility>

#include "agent_protocol/names.hpp"

namespace encluster::agent {

using agent_protocol::LeaseRelease;
using agent_protocol::OfferedService;
using agent_protocol::ServiceAnswer;
using agent_protocol::ServiceRequest;
using agent_protocol::ServiceResult;

namespace {

std::string to_text(const agent_protocol::LeasedPort& port) {
  return std::to_string(port.port.value()) + '/' + control::to_text(port.protocol);
}

}  // namespace

Services::Services(Offers offered, IsPort leased, IsPort own, control::Logger& log)
    : offered_(std::move(offered)), leased_(std::move(leased)), own_(std::move(own)), log_(log) {}

void Services::add_program(const RpcProgram& program, Wanted& wanted) const {
  if (own_(program.port)) return;
  const auto offer = std::ranges::find_if(offered_.programs, [&](const OfferedProgram& one) {
    return one.number == program.number &&
           one.protocol.value_or(program.port.protocol) == program.port.protocol;
  });
  if (offer == offered_.programs.end()) return;
  Offer& there = wanted.try_emplace(program.port, Offer{offer->name}).first->second;
  for (const std::uint32_t version : program.versions) {
    there.programs.insert({program.number, version});
  }
}

Services::Wanted Services::wanted(const ListeningPorts& listening,
                                  const std::vector<RpcProgram>& programs) {
  Wanted wanted;
  for (const OfferedPorts& offer : offered_.ports) {
    if (!offer.listens)
      wanted.try_emplace({offer.ports.protocol, offer.ports.first}, Offer{offer.name});
    const LeasedPort first{offer.ports.protocol, offer.ports.first};
    for (auto port = listening.lower_bound(first); port != listening.end(); ++port) {
      if (!offer.ports.contain(port->first.protocol, port->first.port)) break;
      wanted.try_emplace(port->first, Offer{offer.name});
    }
  }
  for (const RpcProgram& program : running(programs, listening)) add_program(program, wanted);
  std::erase_if(wanted, [this](const auto& entry) { return leased_(entry.first); });
  bound(wanted);
  return wanted;
}

void Services::bound(Wanted& wanted) {
  const bool overflow = wanted.size() > agent_protocol::kMaxServices;
  if (overflow && !overflowed_) {
    log_.warning("services_too_many",
                 {{"count", wanted.size()}, {"most", agent_protocol::kMaxServices}});
  }
  overflowed_ = overflow;
  while (wanted.size() > agent_protocol::kMaxServices) wanted.erase(std::prev(wanted.end()));

  std::size_t room = agent_protocol::kMaxPrograms;
  bool too_many = false;
  for (auto& [port, offer] : wanted) {
    too_many = too_many || offer.programs.size() > room;
    while (offer.programs.size() > room) offer.programs.erase(std::prev(offer.programs.end()));
    room -= offer.programs.size();
  }
  if (too_many && !programs_overflowed_) {
    log_.warning("programs_too_many", {{"most", agent_protocol::kMaxPrograms}});
  }
  programs_overflowed_ = too_many;
}

void Services::withdraw_missing(const Wanted& wanted, Messages& messages) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    Entry& service = entry->second;
    service.misses = wanted.contains(entry->first) ? 0 : service.misses + 1;
    if (service.misses < kMisses) {
      ++entry;
      continue;
    }
    if (joined_ && service.state != State::wanted) {
      messages.emplace_back(LeaseRelease{entry->first});
    }
    if (service.state == State::held) log_service("service_withdrawn", *entry);
    entry = entries_.erase(entry);
  }
}

Services::Messages Services::look(const ListeningPorts& listening,
                                  const std::vector<RpcProgram>& programs, BootTime now) {
  Messages messages;
  const auto current = wanted(listening, programs);
  withdraw_missing(current, messages);
  for (const auto& [port, offer] : current) {
    const auto found = entries_.find(port);
    if (found != entries_.end()) {
      renew(found->second, offer);
    } else if (entries_.size() < agent_protocol::kMaxServices) {
      // One that is about to be withdrawn still counts.
      entries_.emplace(port, Entry{offer});
    }
  }
  ask(now, messages);
  return messages;
}

void Services::renew(Entry& entry, const Offer& offer) {
  if (entry.offer == offer) return;
  entry.offer = offer;
  if (entry.state == State::held) {
    entry.changed = true;
  } else {
    // What is under way says something else; its answer is not waited for.
    entry.state = State::wanted;
    entry.ask_at = BootTime();
  }
}

void Services::ask(BootTime now, Messages& messages) {
  if (!joined_ || !known_) return;
  for (auto& [port, entry] : entries_) {
    const bool due = entry.state == State::wanted && now >= entry.ask_at;
    if (!due && !entry.changed) continue;
    if (due) entry.state = State::asked;
    entry.changed = false;
    entry.request = ++last_request_;
    const auto& programs = entry.offer.programs;
    messages.emplace_back(
        ServiceRequest{entry.request, port, entry.offer.name, {programs.begin(), programs.end()}});
  }
}

std::vector<OfferedService> Services::present(BootTime now) {
  std::vector<OfferedService> services;
  presented_.clear();
  for (auto& [port, entry] : entries_) {
    entry.changed = false;
    // Later than that, the gateway may have given it to another node, and died since.
    const bool held = entry.state == State::held && now < valid_until_;
    const auto& programs = entry.offer.programs;
    services.push_back({port, entry.offer.name, held, {programs.begin(), programs.end()}});
    presented_.insert(port);
  }
  return services;
}

Services::Messages Services::joined(const agent_protocol::Welcome& welcome, BootTime sent) {
  Messages messages;
  joined_ = true;
  known_ = welcome.services;
  fence_ = welcome.fence;
  const bool were_valid = sent < valid_until_;
  renewed(sent);
  if (!known_ && !entries_.empty()) log_.warning("services_unknown", {{"to", "the gateway"}});
  for (const LeasedPort& port : presented_) {
    // Its program ended between Join and Welcome.
    if (known_ && !entries_.contains(port)) messages.emplace_back(LeaseRelease{port});
  }
  const std::set<LeasedPort> lost(welcome.lost.begin(), welcome.lost.end());
  for (auto& [port, entry] : entries_) {
    const bool kept = known_ && were_valid && presented_.contains(port) && !lost.contains(port);
    if (entry.state == State::held && kept) continue;
    entry.state = State::wanted;
    entry.ask_at = BootTime();
  }
  ask(sent, messages);
  return messages;
}

void Services::parted() {
  joined_ = false;
  presented_.clear();
  for (auto& [port, entry] : entries_) {
    if (entry.state == State::asked) entry.state = State::wanted;
    entry.request = 0;
  }
}

void Services::answered(const ServiceAnswer& answer, BootTime now) {
  const auto found = std::ranges::find_if(entries_, [&answer](const auto& item) {
    return item.second.request != 0 && item.second.request == answer.request;
  });
  if (found == entries_.end()) return;  // withdrawn meanwhile
  Entry& entry = found->second;
  entry.request = 0;
  const ServiceResult told = std::exchange(entry.told, answer.result);
  if (answer.result == ServiceResult::granted) return granted(*found, answer.untold);
  entry.changed = false;
  entry.state = State::wanted;
  entry.ask_at = now + kAskAgain;
  if (told == answer.result) return;
  log_.warning("service_refused", {{"service", entry.offer.name},
                                   {"port", to_text(found->first)},
                                   {"reason", name_of(answer.result)},
                                   {"owner", answer.owner.empty() ? "none" : answer.owner}});
}

void Services::granted(Entries::value_type& entry, bool untold) {
  if (entry.second.state != State::held) log_service("service_registered", entry);
  entry.second.state = State::held;
  if (!untold) return;
  log_.warning("program_untold", {{"service", entry.second.offer.name},
                                  {"port", to_text(entry.first)},
                                  {"reason", "not-allowed"}});
}

void Services::log_service(const char* event, const Entries::value_type& entry) const {
  log_.info(event, {{"service", entry.second.offer.name}, {"port", to_text(entry.first)}});
}

}  // namespace encluster::agent
