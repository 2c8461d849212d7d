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
#include "agent/export_files.hpp"
#include "agent/keeper.hpp"
#include "agent/mounts.hpp"
#include "agent/tree_file.hpp"
#include "control/configuration_error.hpp"
#include "control/log.hpp"
#include "control/replace_file.hpp"
#include "control/yaml_document.hpp"

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

/// Of a command that needs no token, which only the agent may read.
AgentConfiguration configuration_of(const std::filesystem::path& file) {
  return parse_agent_configuration_text(control::read_configuration_file(file), file);
}

void put(const std::string& text, const std::filesystem::path& file) {
  if (file.empty()) {
    fmt::print("{}", text);
  } else {
    control::replace_file(file, text, control::Readable::by_all);
  }
}

int run(const ExportsCommand& command) {
  const AgentConfiguration configuration = configuration_of(command.config);
  const auto interconnect = [&] {
    return interconnect_towards(configuration.gateways.front().address);
  };
  put(command.server == ExportsCommand::Server::linux
          ? linux_exports(configuration, interconnect)
          : ganesha_exports(configuration, interconnect),
      command.output);
  return 0;
}

int run(const MountsCommand& command) {
  const AgentConfiguration configuration = configuration_of(command.config);
  const auto mounts = mounts_of(configuration, read_tree(tree_file(configuration.socket)));
  if (command.format == MountsCommand::Format::fstab) {
    put(as_fstab(mounts), command.output);
    return 0;
  }
  for (const auto& [name, text] : as_units(mounts)) {
    if (command.output.empty()) {
      fmt::print("# {}\n{}\n", name, text);
    } else {
      put(text, command.output / name);
    }
  }
  return 0;
}

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
