// encluster-agent: makes a machine a node, and runs commands on ports that are the node's alone.
#include <fmt/format.h>
#include <signal.h>
#include <systemd/sd-daemon.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <exception>

#include "agent/agent.hpp"
#include "agent/agent_configuration.hpp"
#include "agent/command_line.hpp"
#include "agent/keeper.hpp"
#include "control/configuration_error.hpp"
#include "control/log.hpp"

namespace encluster::agent {

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

int run(const RunCommand& command) {
  const AgentConfiguration configuration = parse_agent_configuration(command.config);
  if (command.check) {
    fmt::print("{}: the configuration is valid\n", command.config.string());
    return 0;
  }
  signal(SIGPIPE, SIG_IGN);
  control::Logger log;
  boost::asio::io_context context(1);
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&context](const boost::system::error_code&, int) { context.stop(); });
  Agent agent(context, configuration, log);
  agent.start();
  log.info("started", {{"node", configuration.node}, {"socket", configuration.socket.string()}});
  sd_notify(0, "READY=1\nSTATUS=not joined to a gateway");
  context.run();
  log.info("stopped", {{"node", configuration.node}});
  return 0;
}

int run(const LeaseCommand& command) { return Keeper(command).run(); }

int main(int argc, char** argv) {
  const auto command = parse_command_line(argc, argv);
  if (!command) return 0;
  return std::visit([](const auto& chosen) { return run(chosen); }, *command);
}

}  // namespace

}  // namespace encluster::agent

int main(int argc, char** argv) {
  using namespace encluster;
  try {
    return agent::main(argc, argv);
  } catch (const agent::UsageError& problem) {
    fmt::print(stderr, "encluster-agent: {}; see encluster-agent --help\n", problem.what());
    return agent::kWrongUsage;
  } catch (const control::ConfigurationError& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return agent::kWrongUsage;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "encluster-agent: {}\n", problem.what());
    return agent::kFailed;
  }
}
