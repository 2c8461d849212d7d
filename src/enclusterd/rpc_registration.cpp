#include "enclusterd/rpc_registration.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

#include "rpcbind/place.hpp"
#include "sock_diag/bound_sockets.hpp"

namespace encluster {

using rpcbind::Registration;
using Registrations = std::vector<Registration>;

namespace {

struct Program {
  const char* plugin;
  std::uint32_t number;
  std::uint32_t first;
  std::uint32_t last;
};
constexpr std::array<Program, 3> kPrograms{
    {{"mount", 100005, 1, 3}, {"nfs", 100003, 2, 3}, {"nfs", 100227, 2, 3}}};

/// What the services are. Over UDP, whatever else the cluster serves over TCP.
Registrations registrations_for(const control::Configuration& configuration) {
  Registrations registrations;
  for (const control::ServiceEntry& service : configuration.services) {
    for (const Program& program : kPrograms) {
      if (service.config.plugin != program.plugin) continue;
      for (std::uint32_t version = program.first; version <= program.last; ++version) {
        registrations.push_back({program.number, version, "udp",
                                 rpcbind::any_address(service.config.port), "superuser"});
      }
    }
  }
  return registrations;
}

Registration registration_of(const control::ToldProgram& program) {
  return {program.what.program, program.what.version,
          program.port.protocol == Protocol::udp ? "udp" : "tcp",
          rpcbind::any_address(program.port.port), "superuser"};
}

/// What cannot be understood is not this process' either.
bool is_here(const Registration& registration) {
  const auto place = rpcbind::place_of(registration);
  return !place || !sock_diag::bound_sockets(place->protocol, {place->port, place->port}).empty();
}

bool contains(const Registrations& registrations, const Registration& one) {
  return std::ranges::find(registrations, one) != registrations.end();
}

}  // namespace

RpcRegistration::RpcRegistration(boost::asio::io_context& context, control::Logger& log)
    : context_(context), log_(log), timer_(context) {}

RpcRegistration::~RpcRegistration() {
  if (is_idle()) return;
  std::ranges::move(plan_.cluster, std::back_inserter(plan_.unwanted));
  plan_.cluster.clear();
  plan_.nodes.clear();
  boost::asio::post(thread_, [this] { static_cast<void>(synchronize(plan_)); });
  thread_.join();
}

void RpcRegistration::configure(const control::Configuration& configuration) {
  Registrations wanted = registrations_for(configuration);
  for (const Registration& before : plan_.cluster) {
    if (!contains(wanted, before)) plan_.unwanted.push_back(before);
  }
  plan_.cluster = std::move(wanted);
  if (const auto& agents = configuration.agents) {
    for (const control::AllowedByNode& allowed : agents->allow) {
      plan_.of_nodes.insert(allowed.programs.begin(), allowed.programs.end());
    }
  }
  synchronize_soon();
}

void RpcRegistration::serve(const std::vector<control::ToldProgram>& programs) {
  plan_.nodes.clear();
  for (const control::ToldProgram& one : programs) plan_.nodes.push_back(registration_of(one));
  synchronize_soon();
}

void RpcRegistration::nodes_known() {
  nodes_known_ = true;
  synchronize_soon();
}

bool RpcRegistration::is_idle() const noexcept {
  return plan_.cluster.empty() && plan_.nodes.empty() && plan_.unwanted.empty() &&
         plan_.of_nodes.empty();
}

RpcRegistration::Outcome RpcRegistration::synchronize(const rpcbind::Plan& plan) noexcept {
  try {
    rpcbind::Rpcbind registry;
    return {rpcbind::synchronize(registry, plan, is_here), {}};
  } catch (const std::runtime_error& problem) {
    return {{}, problem.what()};
  }
}

void RpcRegistration::synchronize_soon() {
  again_ = busy_;
  if (!busy_) await(std::max(Clock::now(), ended_ + kPause));
}

void RpcRegistration::await(Clock::time_point time) {
  if (is_idle()) return;
  timer_.expires_at(time);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !busy_) begin();
  });
}

void RpcRegistration::begin() {
  busy_ = true;
  rpcbind::Plan plan = plan_;
  plan_.unwanted.clear();
  if (!nodes_known_) plan.of_nodes.clear();
  boost::asio::post(thread_, [this, plan = std::move(plan)] {
    boost::asio::post(context_, [this, unwanted = plan.unwanted, outcome = synchronize(plan)] {
      if (!outcome.problem.empty()) {
        plan_.unwanted.insert(plan_.unwanted.end(), unwanted.begin(), unwanted.end());
      }
      take(outcome);
    });
  });
}

void RpcRegistration::take(const Outcome& outcome) {
  busy_ = false;
  ended_ = Clock::now();
  tell("rpc_taken", outcome.changes.taken);
  tell("rpc_registered", outcome.changes.set);
  tell("rpc_unregistered", outcome.changes.unset);
  if (outcome.problem.empty()) tell_yielded(outcome.changes.yielded);
  const bool is_refused = outcome.problem.empty() && !outcome.changes.refused.empty();
  tell_problem(is_refused ? "rpcbind refuses: this process is not root, or rpcbind is another's"
                          : outcome.problem);
  await(ended_ + (std::exchange(again_, false) ? Clock::duration(kPause) : kPeriod));
}

void RpcRegistration::tell_problem(std::string problem) {
  if (problem != problem_ && !problem.empty()) {
    log_.warning(
        "rpc_unreachable",
        {{"reason", problem}, {"remedy", "start rpcbind; until then clients must name ports"}});
  }
  problem_ = std::move(problem);
}

void RpcRegistration::tell_yielded(const Registrations& yielded) {
  for (const Registration& one : yielded) {
    if (contains(yielded_, one)) continue;
    log_.warning("rpc_yielded", {{"program", one.program},
                                 {"version", one.version},
                                 {"at", one.address},
                                 {"reason", "a program of the gateway itself is registered"}});
  }
  yielded_ = yielded;
}

void RpcRegistration::tell(const char* event, const Registrations& registrations) {
  for (const Registration& one : registrations) {
    log_.info(event, {{"program", one.program}, {"version", one.version}, {"at", one.address}});
  }
}

}  // namespace encluster
