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

void Services::add_program(const RpcProgram& program,
                           std::map<LeasedPort, std::string>& wanted) const {
  if (own_(program.port)) return;
  const auto offer = std::ranges::find_if(offered_.programs, [&](const OfferedProgram& one) {
    return one.number == program.number &&
           one.protocol.value_or(program.port.protocol) == program.port.protocol;
  });
  if (offer != offered_.programs.end()) wanted.emplace(program.port, offer->name);
}

std::map<Services::LeasedPort, std::string> Services::wanted(
    const ListeningPorts& listening, const std::vector<RpcProgram>& programs) {
  std::map<LeasedPort, std::string> wanted;
  for (const OfferedPorts& offer : offered_.ports) {
    if (!offer.listens)
      wanted.emplace(LeasedPort{offer.ports.protocol, offer.ports.first}, offer.name);
    const LeasedPort first{offer.ports.protocol, offer.ports.first};
    for (auto port = listening.lower_bound(first); port != listening.end(); ++port) {
      if (!offer.ports.contain(port->first.protocol, port->first.port)) break;
      wanted.emplace(port->first, offer.name);
    }
  }
  for (const RpcProgram& program : running(programs, listening)) add_program(program, wanted);
  std::erase_if(wanted, [this](const auto& entry) { return leased_(entry.first); });
  const bool overflow = wanted.size() > agent_protocol::kMaxServices;
  if (overflow && !overflowed_) {
    log_.warning("services_too_many",
                 {{"count", wanted.size()}, {"most", agent_protocol::kMaxServices}});
  }
  overflowed_ = overflow;
  // Those with the highest numbers give way; what is registered already may be among them.
  while (wanted.size() > agent_protocol::kMaxServices) wanted.erase(std::prev(wanted.end()));
  return wanted;
}

void Services::withdraw_missing(const std::map<LeasedPort, std::string>& wanted,
                                Messages& messages) {
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
  for (const auto& [port, name] : current) {
    // One that is about to be withdrawn still counts.
    if (entries_.size() < agent_protocol::kMaxServices) entries_.try_emplace(port, Entry{name});
  }
  ask(now, messages);
  return messages;
}

void Services::ask(BootTime now, Messages& messages) {
  if (!joined_ || !known_) return;
  for (auto& [port, entry] : entries_) {
    if (entry.state != State::wanted || now < entry.ask_at) continue;
    entry.state = State::asked;
    entry.request = ++last_request_;
    messages.emplace_back(ServiceRequest{entry.request, port, entry.name});
  }
}

std::vector<OfferedService> Services::present(BootTime now) {
  std::vector<OfferedService> services;
  presented_.clear();
  for (const auto& [port, entry] : entries_) {
    // Later than that, the gateway may have given it to another node, and died since.
    const bool held = entry.state == State::held && now < valid_until_;
    services.push_back({port, entry.name, held});
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
  }
}

void Services::answered(const ServiceAnswer& answer, BootTime now) {
  const auto found = std::ranges::find_if(entries_, [&answer](const auto& item) {
    return item.second.state == State::asked && item.second.request == answer.request;
  });
  if (found == entries_.end()) return;  // withdrawn meanwhile
  Entry& entry = found->second;
  const ServiceResult told = std::exchange(entry.told, answer.result);
  if (answer.result == ServiceResult::granted) {
    entry.state = State::held;
    return log_service("service_registered", *found);
  }
  entry.state = State::wanted;
  entry.ask_at = now + kAskAgain;
  if (told == answer.result) return;
  log_.warning("service_refused", {{"service", entry.name},
                                   {"port", to_text(found->first)},
                                   {"reason", name_of(answer.result)},
                                   {"owner", answer.owner.empty() ? "none" : answer.owner}});
}

void Services::log_service(const char* event, const Entries::value_type& entry) const {
  log_.info(event, {{"service", entry.second.name}, {"port", to_text(entry.first)}});
}

}  // namespace encluster::agent
