#include "enclusterd/rpc_registration.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace encluster {

using rpcbind::Registration;

namespace {

struct Program {
  const char* plugin;
  std::uint32_t number;
  std::uint32_t first;
  std::uint32_t last;
};
constexpr std::array<Program, 3> kPrograms{
    {{"mount", 100005, 1, 3}, {"nfs", 100003, 2, 3}, {"nfs", 100227, 2, 3}}};

}  // namespace

std::vector<Registration> registrations_for(const control::Configuration& configuration) {
  std::vector<Registration> registrations;
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

RpcRegistration::RpcRegistration(boost::asio::io_context& context, control::Logger& log)
    : context_(context), log_(log), timer_(context) {}

RpcRegistration::~RpcRegistration() {
  unwanted_.insert(unwanted_.end(), wanted_.begin(), wanted_.end());
  if (unwanted_.empty()) return;
  boost::asio::post(thread_, [this] { static_cast<void>(synchronize({}, unwanted_)); });
  thread_.join();
}

void RpcRegistration::serve(std::vector<Registration> wanted) {
  for (const Registration& before : wanted_) {
    if (std::ranges::find(wanted, before) == wanted.end()) unwanted_.push_back(before);
  }
  wanted_ = std::move(wanted);
  if (!busy_ && !(wanted_.empty() && unwanted_.empty())) begin();
}

RpcRegistration::Outcome RpcRegistration::synchronize(
    const std::vector<Registration>& wanted, const std::vector<Registration>& unwanted) noexcept {
  try {
    rpcbind::Rpcbind registry;
    return {rpcbind::synchronize(registry, wanted, unwanted), {}};
  } catch (const std::runtime_error& problem) {
    return {{}, problem.what()};
  }
}

void RpcRegistration::begin() {
  busy_ = true;
  timer_.cancel();
  boost::asio::post(thread_, [this, wanted = wanted_, unwanted = std::exchange(unwanted_, {})] {
    boost::asio::post(context_, [this, unwanted, outcome = synchronize(wanted, unwanted)] {
      if (!outcome.problem.empty()) {
        unwanted_.insert(unwanted_.end(), unwanted.begin(), unwanted.end());
      }
      take(outcome);
    });
  });
}

void RpcRegistration::take(const Outcome& outcome) {
  busy_ = false;
  tell("rpc_taken", outcome.changes.taken);
  tell("rpc_registered", outcome.changes.set);
  tell("rpc_unregistered", outcome.changes.unset);
  std::string problem = outcome.problem;
  if (problem.empty() && !outcome.changes.refused.empty()) {
    problem = "rpcbind refuses: this process is not root, or rpcbind is another's";
  }
  if (problem != problem_ && !problem.empty()) {
    log_.warning(
        "rpc_unreachable",
        {{"reason", problem}, {"remedy", "start rpcbind; until then clients must name ports"}});
  }
  problem_ = std::move(problem);
  await_next();
}

void RpcRegistration::await_next() {
  if (wanted_.empty() && unwanted_.empty()) return;
  timer_.expires_after(kPeriod);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !busy_) begin();
  });
}

void RpcRegistration::tell(const char* event, const std::vector<Registration>& registrations) {
  for (const Registration& one : registrations) {
    log_.info(event, {{"program", one.program}, {"version", one.version}, {"at", one.address}});
  }
}

}  // namespace encluster
