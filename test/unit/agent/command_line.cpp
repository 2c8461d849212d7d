#include "agent/command_line.hpp"

#include <catch2/catch.hpp>
#include <variant>

namespace encluster::agent {
namespace {

using Catch::Contains;

Command parse(const std::vector<std::string>& words) {
  std::vector<std::string> all{"encluster-agent"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto command = parse_command_line(static_cast<int>(all.size()), arguments.data());
  REQUIRE(command.has_value());
  return *command;
}

}  // namespace

TEST_CASE("an agent is told its configuration") {
  const auto command = std::get<RunCommand>(parse({"--config", "a.yaml", "--check"}));
  CHECK(command.config == "a.yaml");
  CHECK(command.check);
  CHECK_FALSE(std::get<RunCommand>(parse({"--config", "lease"})).check);
}

TEST_CASE("a lease is told port and command, and the command keeps its own options") {
  const auto lease = std::get<LeaseCommand>(
      parse({"lease", "udp", "700", "--", "prog", "--wait", "9", "--", "x"}));
  CHECK(lease.port == agent_protocol::LeasedPort{Protocol::udp, PortNumber(700)});
  CHECK(lease.socket == "/run/encluster-agent/agent.sock");
  CHECK(lease.wait == std::chrono::seconds(5));
  CHECK(lease.command == std::vector<std::string>{"prog", "--wait", "9", "--", "x"});
}

TEST_CASE("a lease's options stand anywhere before the command") {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"lease", "--socket", "/s", "--wait", "1", "tcp", "80", "--", "prog"},
           {"lease", "tcp", "--wait=1", "80", "--socket=/s", "--", "prog"}}) {
    const auto lease = std::get<LeaseCommand>(parse(words));
    CHECK(lease.port == agent_protocol::LeasedPort{Protocol::tcp, PortNumber(80)});
    CHECK(lease.socket == "/s");
    CHECK(lease.wait == std::chrono::seconds(1));
  }
}

TEST_CASE("exports and mounts are printed, or put into files") {
  const auto exports = std::get<ExportsCommand>(parse({"exports", "ganesha"}));
  CHECK(exports.server == ExportsCommand::Server::ganesha);
  CHECK(exports.config == "/etc/encluster/agent.yaml");
  CHECK(exports.output.empty());
  const auto mounts =
      std::get<MountsCommand>(parse({"mounts", "--output", "/u", "systemd", "--config=/c"}));
  CHECK(mounts.format == MountsCommand::Format::systemd);
  CHECK(mounts.config == "/c");
  CHECK(mounts.output == "/u");
  CHECK_THROWS_WITH(parse({"exports"}), "exports takes one word: linux or ganesha");
  CHECK_THROWS_WITH(parse({"exports", "fstab"}), "exports takes one word: linux or ganesha");
  CHECK_THROWS_WITH(parse({"mounts", "fstab", "systemd"}),
                    "mounts takes one word: fstab or systemd");
  CHECK_THROWS_WITH(parse({"mounts", "fstab", "--", "x"}),
                    "mounts takes one word: fstab or systemd");
}

TEST_CASE("what is missing or wrong on the agent's command line is said") {
  CHECK_THROWS_WITH(parse({}), "--config FILE is missing");
  CHECK_THROWS_WITH(parse({"--bogus"}), "unknown option --bogus");
  CHECK_THROWS_WITH(parse({"--config"}), "--config needs a value");
  CHECK_THROWS_WITH(parse({"--config", "a", "more"}), "unexpected argument more");
  CHECK_THROWS_WITH(parse({"lease", "udp", "700"}), "lease takes a command after --");
  CHECK_THROWS_WITH(parse({"lease", "udp", "700", "--"}), "lease takes a command after --");
  CHECK_THROWS_WITH(parse({"lease", "udp", "700", "prog", "--", "x"}), "prog comes after no --");
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"lease"},
                                             {"lease", "udp"},
                                             {"lease", "icmp", "1", "--", "x"},
                                             {"lease", "udp", "0", "--", "x"},
                                             {"lease", "udp", "65536", "--", "x"}}) {
    CHECK_THROWS_WITH(parse(words), Contains("udp or tcp, and a port"));
  }
  for (const char* wait : {"0", "3601", "-1", "1.5"}) {
    CHECK_THROWS_WITH(parse({"lease", "udp", "1", "--wait", wait, "--", "x"}),
                      Contains("from 1 to 3600"));
  }
  CHECK_THROWS_WITH(parse({"lease", "udp", "1", "--socket", "s", "--", "x"}),
                    Contains("an absolute path"));
}

}  // namespace encluster::agent
