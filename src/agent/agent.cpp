#include "agent/agent.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <thread>

#include "agent/machine.hpp"
#include "control/configuration_format.hpp"

namespace encluster::agent {

namespace {

std::string slice_of(const agent_protocol::Settings& settings) {
  if (!settings.slice) return "none";
  return fmt::format("{}-{}", settings.slice->first.value(), settings.slice->last.value());
}

}  // namespace

Agent::Agent(boost::asio::io_context& context, const AgentConfiguration& configuration,
             control::Logger& log)
    : log_(log),
      node_(configuration.node),
      token_(configuration.token),
      boot_id_(boot_id()),
      settings_(control::Sysctls(), "/proc/net/route", log),
      leases_(configuration.node),
      server_(context.get_executor(), configuration.socket, local_handlers(), log),
      link_(
          context.get_executor(), configuration.gateways, configuration.fingerprint,
          session_handlers(), [this] { parted(); }, log),
      lease_timer_(context),
      settings_timer_(context) {}

void Agent::start() {
  link_.start(kKeepersFirst);
  await_lease_tick();
  await_settings_check();
}

SessionHandlers Agent::session_handlers() {
  return {
      .join = [this] { return join(); },
      .welcomed = [this](const agent_protocol::Welcome& welcome, BootTime sent,
                         Ipv4Address gateway) { welcomed(welcome, sent, gateway); },
      .settings =
          [this](const agent_protocol::Settings& settings) {
            log_.info("settings", {{"slice", slice_of(settings)}});
            settings_.adopt(settings, gateway_);
          },
      .answered =
          [this](const agent_protocol::LeaseAnswer& answer) {
            carry_out(leases_.answered(answer));
          },
      .renewed = [this](BootTime sent) { carry_out(leases_.renewed(sent)); },
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
  return {.node = node_,
          .token = std::string(token_.begin(), token_.end()),
          .boot_id = boot_id_,
          .held = leases_.present()};
}

void Agent::welcomed(const agent_protocol::Welcome& welcome, BootTime sent, Ipv4Address gateway) {
  log_.info("joined", {{"gateway", control::to_text(gateway)},
                       {"epoch", welcome.epoch},
                       {"slice", slice_of(welcome.settings)},
                       {"leases_lost", welcome.lost.size()}});
  sd_notifyf(0, "STATUS=joined to the gateway %s", control::to_text(gateway).c_str());
  gateway_ = gateway;
  settings_.adopt(welcome.settings, gateway);
  carry_out(leases_.joined(welcome, sent));
}

void Agent::parted() {
  sd_notify(0, "STATUS=not joined to a gateway");
  leases_.parted();
}

bool Agent::received(KeeperId keeper, const FromKeeper& message) {
  if (std::holds_alternative<Release>(message)) {
    carry_out(leases_.release(keeper));
    return true;
  }
  if (leases_.knows(keeper)) return false;
  if (const auto* const ask = std::get_if<Ask>(&message)) {
    carry_out(leases_.ask(keeper, ask->port));
  } else {
    carry_out(leases_.hold(keeper, std::get<Hold>(message), BootClock::now()));
  }
  return true;
}

void Agent::carry_out(const LeaseActions& actions) {
  for (const auto& message : actions.to_gateway) link_.send(message);
  for (const auto& [keeper, message] : actions.to_keepers) server_.send(keeper, message);
}

void Agent::await_lease_tick() {
  lease_timer_.expires_after(kLeaseTick);
  lease_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    carry_out(leases_.tick(BootClock::now()));
    await_lease_tick();
  });
}

void Agent::await_settings_check() {
  settings_timer_.expires_after(kSettingsCheck);
  settings_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    settings_.check();
    await_settings_check();
  });
}

}  // namespace encluster::agent
