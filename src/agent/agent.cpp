#include "agent/agent.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>

#include "agent/host_keys.hpp"
#include "agent/listening_ports.hpp"
#include "agent/machine.hpp"
#include "control/configuration_format.hpp"
#include "sock_diag/bound_sockets.hpp"

namespace encluster::agent {

namespace {

constexpr const char* kHostKeys = "/etc/ssh";

std::string slice_of(const agent_protocol::Settings& settings) {
  if (!settings.slice) return "none";
  return fmt::format("{}-{}", settings.slice->first.value(), settings.slice->last.value());
}

/// Ports that are leased for programs: without those that the agent itself has bound, to be called
/// at (ComeBackListener), and without services, which have their own way.
LeaseSeen of_programs(const AgentConfiguration& configuration) {
  LeaseSeen ports = configuration.lease_seen;
  for (const control::Endpoint& gateway : configuration.gateways) {
    ports.udp.reset(gateway.port.value());
  }
  for (const OfferedPorts& offered : configuration.services.ports) {
    PortSet& set = offered.ports.protocol == Protocol::udp ? ports.udp : ports.tcp;
    for (std::size_t port = offered.ports.first.value(); port <= offered.ports.last.value();
         ++port) {
      set.reset(port);
    }
  }
  return ports;
}

std::vector<Ipv4Address> addresses_of(const std::vector<control::Endpoint>& gateways) {
  std::vector<Ipv4Address> addresses;
  for (const control::Endpoint& gateway : gateways) addresses.push_back(gateway.address);
  return addresses;
}

}  // namespace

Agent::Agent(boost::asio::io_context& context, const AgentConfiguration& configuration,
             control::Logger& log)
    : log_(log),
      node_(configuration.node),
      token_(configuration.token),
      boot_id_(boot_id()),
      settings_(control::Sysctls(), "/proc/net/route", log),
      seen_ports_(of_programs(configuration)),
      names_(context, "/etc/hosts.equiv", log),
      leases_(configuration.node),
      seen_(configuration.node, leases_, find_socket_user, log),
      memory_(configuration.socket.parent_path() / "seen", boot_id_, log),
      services_(
          configuration.services,
          [this](const agent_protocol::LeasedPort& port) { return leases_.has(port); },
          [this](const agent_protocol::LeasedPort& port) { return is_own(port); }, log),
      tree_(tree_file(configuration.socket), log),
      connections_(sock_diag::tcp_sockets, addresses_of(configuration.gateways)),
      server_(context.get_executor(), configuration.socket, local_handlers(), log),
      link_(
          context.get_executor(), configuration.gateways, configuration.fingerprint,
          session_handlers(), [this] { parted(); }, log),
      come_back_(
          context.get_executor(), configuration.gateways, configuration.token,
          [this](std::size_t gateway, const agent_protocol::Instance& instance) {
            link_.come_back(gateway, instance);
          },
          log),
      watch_(
          context.get_executor(), seen_ports_, sock_diag::bound_sockets,
          [this](const BoundPorts& ports) { bound(ports); }, log),
      lease_timer_(context),
      check_timer_(context),
      name_timer_(context),
      forget_timer_(context),
      look_timer_(context),
      list_timer_(context) {
  if (!configuration.services.programs.empty()) rpc_.emplace(context, rpc_programs, log);
  if (configuration.exports.empty()) return;
  exports_.emplace(
      context,
      [exports = configuration.exports,
       sources = export_sources(configuration.gateways.front().address)] {
        return find_exports(exports, sources);
      },
      [this] { tell_exports(); }, log);
}

void Agent::start() {
  if (auto before = memory_.load(BootClock::now())) {
    seen_.restore(std::move(before->ports), before->until);
  }
  watch_.start();
  if (exports_) exports_->start();
  link_.start(kKeepersFirst);
  await_lease_tick();
  await_check();
  await_forgetting();
  await_look();
}

SessionHandlers Agent::session_handlers() {
  return {
      .join = [this] { return join(); },
      .welcomed = [this](const agent_protocol::Welcome& welcome, BootTime sent,
                         Ipv4Address gateway) { welcomed(welcome, sent, gateway); },
      .settings =
          [this](const agent_protocol::Settings& settings) {
            log_.info("settings", {{"slice", slice_of(settings)}});
            adopt(settings);
            seen_.reconsider(BootClock::now());
            watch_.adopt(settings);
          },
      .answered =
          [this](const agent_protocol::LeaseAnswer& answer) {
            carry_out(leases_.answered(answer));
          },
      .served =
          [this](const agent_protocol::ServiceAnswer& answer) {
            services_.answered(answer, BootClock::now());
          },
      .exported =
          [this](const agent_protocol::ExportsAnswer& answer) {
            if (exports_) exports_->answered(answer);
          },
      .tree = [this](const agent_protocol::Tree& tree) { tree_.take(tree); },
      .renumbered =
          [this](const agent_protocol::Renumberings& renumberings) {
            if (connections_.merge(renumberings)) return;
            log_.warning("renumberings_lost", {{"kept", connections_.renumbered()}});
          },
      .renewed =
          [this](BootTime sent) {
            carry_out(leases_.renewed(sent));
            services_.renewed(sent);
          },
      .drained = [this] { tell_more(); },
      .load =
          [] {
            return load_of(read_file("/proc/loadavg"),
                           std::max(1U, std::thread::hardware_concurrency()));
          },
  };
}

LocalServer::Handlers Agent::local_handlers() {
  return {
      .received = [this](KeeperId keeper,
                         const FromKeeper& message) { return received(keeper, message); },
      .gone = [this](KeeperId keeper) { leases_.disconnected(keeper, BootClock::now()); },
  };
}

agent_protocol::Join Agent::join() {
  carry_out(seen_.expire(BootClock::now()));
  static_cast<void>(look_at_services());  // nothing is told before the Welcome
  return {.node = node_,
          .token = std::string(token_.begin(), token_.end()),
          .boot_id = boot_id_,
          .held = leases_.present(),
          .services = services_.present(BootClock::now()),
          .tree = true};
}

void Agent::welcomed(const agent_protocol::Welcome& welcome, BootTime sent, Ipv4Address gateway) {
  log_.info("joined", {{"gateway", control::to_text(gateway)},
                       {"epoch", welcome.epoch},
                       {"slice", slice_of(welcome.settings)},
                       {"leases_lost", welcome.lost.size()}});
  sd_notifyf(0, "STATUS=joined to the gateway %s", control::to_text(gateway).c_str());
  gateway_ = gateway;
  adopt(welcome.settings);
  carry_out(leases_.joined(welcome, sent));
  seen_.reconsider(BootClock::now());
  watch_.adopt(welcome.settings);
  tell(services_.joined(welcome, sent));
  exports_wanted_ = welcome.exports;
  tell_exports();  // before connections: with the last of them, the gateway knows all
  tell_connections();
  host_keys_.reset();
  tell_host_keys();
}

void Agent::adopt(const agent_protocol::Settings& settings) {
  settings_.adopt(settings, gateway_);
  slice_ = settings.slice;
  cluster_.clear();
  for (const auto& network : settings.networks) cluster_.insert(network.address);
  await_name_check();
}

void Agent::parted() {
  sd_notify(0, "STATUS=not joined to a gateway");
  leases_.parted();
  services_.parted();
  tree_.parted();
  connections_.parted();
  exports_wanted_ = false;
  host_keys_.reset();
  list_timer_.cancel();
}

void Agent::tell_connections() {
  try {
    const std::size_t count = connections_.begin();
    log_.info("connections", {{"count", count}, {"renumbered", connections_.renumbered()}});
    tell_more();
  } catch (const std::runtime_error& problem) {
    log_.warning("connections_unknown", {{"reason", problem.what()}});
    list_timer_.expires_after(kListAgain);
    list_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) tell_connections();
    });
  }
}

void Agent::tell_host_keys() {
  auto keys = host_keys(kHostKeys);
  if (keys == host_keys_) return;
  link_.send(keys);
  host_keys_ = std::move(keys);
}

void Agent::tell_exports() {
  if (!exports_wanted_) return;
  // Also that there are none: what an agent before this one told is over.
  const auto exports = exports_ ? exports_->exports() : agent_protocol::Exports();
  if (exports) link_.send(*exports);
}

void Agent::tell_more() {
  // One message at a time: heartbeats must not wait behind all of them.
  if (const auto message = connections_.next()) link_.send(*message);
}

void Agent::forget_connections() {
  try {
    connections_.forget_gone();
  } catch (const std::runtime_error& problem) {
    log_.warning("connections_unknown", {{"reason", problem.what()}});
  }
}

bool Agent::received(KeeperId keeper, const FromKeeper& message) {
  if (std::holds_alternative<Release>(message)) {
    carry_out(leases_.release(keeper));
    return true;
  }
  if (leases_.knows(keeper)) return false;
  if (const auto* const ask = std::get_if<Ask>(&message)) {
    if (services_.has(ask->port)) {
      server_.send(keeper, Denied{agent_protocol::LeaseResult::taken, node_});
      return true;
    }
    carry_out(leases_.ask(keeper, ask->port));
  } else {
    carry_out(leases_.hold(keeper, std::get<Hold>(message), BootClock::now()));
  }
  return true;
}

void Agent::carry_out(const LeaseActions& actions) {
  for (const auto& message : actions.to_gateway) link_.send(message);
  for (const auto& [keeper, message] : actions.to_keepers) {
    if (is_seen(keeper)) {
      seen_.received(keeper, message, BootClock::now());
    } else {
      server_.send(keeper, message);
    }
  }
}

void Agent::bound(const BoundPorts& ports) { carry_out(seen_.update(ports, BootClock::now())); }

bool Agent::is_own(const agent_protocol::LeasedPort& port) const {
  const PortSet& seen = port.protocol == Protocol::udp ? seen_ports_.udp : seen_ports_.tcp;
  const bool of_slice = slice_ && port.port >= slice_->first && port.port <= slice_->last;
  return of_slice || seen.test(port.port.value());
}

Services::Messages Agent::look_at_services() {
  if (services_.empty()) return {};
  try {
    const auto listening = listening_ports();
    look_problem_.clear();
    return services_.look(listening, rpc_ ? rpc_->programs() : std::vector<RpcProgram>(),
                          BootClock::now());
  } catch (const std::runtime_error& problem) {
    // Nothing is known: what was offered stays so.
    if (look_problem_ != problem.what()) {
      log_.warning("listeners_unknown", {{"reason", problem.what()}});
    }
    look_problem_ = problem.what();
    return {};
  }
}

void Agent::tell(const Services::Messages& messages) {
  for (const auto& message : messages) link_.send(message);
}

void Agent::await_look() {
  if (services_.empty()) return;
  look_timer_.expires_after(kLook);
  look_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    tell(look_at_services());
    await_look();
  });
}

void Agent::await_lease_tick() {
  lease_timer_.expires_after(kLeaseTick);
  lease_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    carry_out(leases_.tick(BootClock::now()));
    carry_out(seen_.tick(BootClock::now()));
    memory_.keep({seen_.held(), seen_.valid_until()});
    await_lease_tick();
  });
}

void Agent::await_check() {
  check_timer_.expires_after(kCheck);
  check_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    settings_.check();
    if (host_keys_) tell_host_keys();
    await_check();
  });
}

/// At once, and from then on.
void Agent::await_name_check() {
  names_.check(cluster_);
  name_timer_.expires_after(kNameCheck);
  name_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) await_name_check();
  });
}

void Agent::await_forgetting() {
  forget_timer_.expires_after(kForget);
  forget_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    forget_connections();
    await_forgetting();
  });
}

}  // namespace encluster::agent
