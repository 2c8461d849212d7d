#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "agent/agent_configuration.hpp"
#include "control/configuration_error.hpp"
#include "control/yaml_document.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

using Catch::Contains;

const std::string kDigits(64, 'a');
const std::string kGood =
    "node: alpha\ngateways: [10.77.0.1:7077, 10.77.0.2:7077]\nfingerprint: " + kDigits +
    "\ntoken_file: agent.token\n";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kGood;
  return text.replace(text.find(from), from.size(), to);
}

std::string message_for(const std::string& text) {
  try {
    static_cast<void>(parse_agent_configuration_text(text, "agent.yaml"));
  } catch (const control::ConfigurationError& problem) {
    return problem.what();
  }
  return {};
}

/// A configuration with this token, and its permissions.
std::string message_for_token(const std::string& token, mode_t mode) {
  const TemporaryFolder folder;
  folder.write("agent.yaml", kGood);
  folder.write("agent.token", token);
  chmod((folder.path() / "agent.token").c_str(), mode);
  try {
    static_cast<void>(parse_agent_configuration(folder.path() / "agent.yaml"));
  } catch (const control::ConfigurationError& problem) {
    return problem.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a configuration of the agent is read") {
  const auto configuration = parse_agent_configuration_text(kGood, "/etc/encluster/agent.yaml");
  CHECK(configuration.node == "alpha");
  REQUIRE(configuration.gateways.size() == 2);
  CHECK(configuration.gateways[1].address == Ipv4Address(10, 77, 0, 2));
  CHECK(configuration.gateways[1].port == PortNumber(7077));
  CHECK(configuration.fingerprint[31] == 0xaa);
  CHECK(configuration.token_file == "/etc/encluster/agent.token");
  CHECK(configuration.socket == "/run/encluster-agent/agent.sock");
}

TEST_CASE(
    "what is wrong with the agent's configuration is told with line, key and what is allowed") {
  CHECK(message_for(kGood + "sokcet: /x\n") ==
        "agent.yaml:5: sokcet: found an unknown key; allowed: node, number, gateways, fingerprint, "
        "token_file, socket, lease_seen, services, exports (did you mean socket?)");
  CHECK_THAT(message_for(changed("node: alpha", "node: .a")),
             Contains("agent.yaml:1: node: found '.a'"));
  CHECK_THAT(message_for(changed(kDigits, "abc")), Contains("agent.yaml:3: fingerprint: found"));
  CHECK_THAT(message_for(changed("token_file: agent.token\n", "")),
             Contains("token_file: found nothing"));
  CHECK_THAT(message_for(kGood + "socket: relative\n"), Contains("agent.yaml:5: socket: found"));
  CHECK_THAT(message_for(kGood + "socket: /" + std::string(107, 'x') + "\n"),
             Contains("at most 107 bytes"));
}

TEST_CASE("services are a name, and a port or several") {
  const auto configuration = parse_agent_configuration_text(kGood + R"(services:
  - {name: web, port: 8443/tcp}
  - {name: games, port: 2000-2100/udp, listens: true}
  - {name: relay, port: 8443/udp, listens: false}
)",
                                                            "agent.yaml");
  const auto ports = [](const char* text) { return *control::service_ports().parse(text); };
  CHECK(configuration.services.ports ==
        std::vector<OfferedPorts>{{"web", ports("8443/tcp"), true},
                                  {"games", ports("2000-2100/udp"), true},
                                  {"relay", ports("8443/udp"), false}});
  CHECK(configuration.services.programs.empty());
}

TEST_CASE("a service may be an RPC program, by its number") {
  const auto configuration = parse_agent_configuration_text(kGood + R"(services:
  - {name: quotas, rpc: 100011}
  - {name: status, rpc: 100024/udp}
  - {name: status-tcp, rpc: 100024/tcp}
)",
                                                            "agent.yaml");
  CHECK(configuration.services == Offers{.ports = {},
                                         .programs = {{"quotas", 100'011, {}},
                                                      {"status", 100'024, Protocol::udp},
                                                      {"status-tcp", 100'024, Protocol::tcp}}});
}

TEST_CASE("services that cannot be offered are errors") {
  const auto with = [](const std::string& services) {
    return message_for(kGood + "services: [" + services + "]\n");
  };
  CHECK_THAT(with("{name: web}"), Contains("services[0].port: found nothing"));
  CHECK_THAT(with("{port: 1/tcp}"), Contains("services[0].name: found nothing"));
  CHECK_THAT(with("{name: web, port: 0/tcp}"), Contains("services[0].port: found '0/tcp'"));
  CHECK_THAT(with("{name: web, port: 1-2/tcp, listens: false}"),
             Contains("services[0].listens: found false for several ports"));
  CHECK_THAT(with("{name: web, port: 1-9/tcp}, {name: x, port: 9/tcp}"),
             Contains("services[1].port: found a port that web has already"));
  for (const char* wrong : {"0", "100000", "4294967296", "-1", "rquotad", "1/icmp", "1/", "/udp"}) {
    INFO(wrong);
    CHECK_THAT(with(std::string("{name: x, rpc: ") + wrong + "}"),
               Contains("services[0].rpc: found"));
  }
  CHECK_THAT(with("{rpc: 1}"), Contains("services[0].name: found nothing"));
  CHECK_THAT(with("{name: x, rpc: 1, port: 1/tcp}"), Contains("port: found an unknown key"));
  CHECK_THAT(with("{name: x, rpc: 1}, {name: y, rpc: 1/udp}"),
             Contains("services[1].rpc: found a program that x has already"));
  CHECK_THAT(with("{name: x, rpc: 1/tcp}, {name: y, rpc: 1}"),
             Contains("services[1].rpc: found a program that x has already"));
  CHECK_THAT(with("{name: web, prot: 1/tcp}"), Contains("prot: found an unknown key"));
  CHECK(with("{name: web, port: 1-9/tcp}, {name: x, port: 9/udp}").empty());
}

TEST_CASE("exports are in the directory that remotes mount, unless it is said where they are") {
  const auto configuration = parse_agent_configuration_text(kGood + R"(exports:
  - {path: /export/b, directory: /srv/b}
  - {path: /export/a, id: 63, read_only: true, clients: [198.51.100.0/24]}
)",
                                                            "agent.yaml");
  CHECK(configuration.exports ==
        std::vector<ConfiguredExport>{
            {"/export/a", "/export/a", 63, true, {{Ipv4Address(198, 51, 100, 0), 24}}},
            {"/export/b", "/srv/b"}});
  const auto with = [](const std::string& exports) {
    return message_for(kGood + "exports: [" + exports + "]\n");
  };
  CHECK_THAT(with("{directory: /srv}"), Contains("exports[0].path: found nothing"));
  CHECK_THAT(with("{path: srv}"), Contains("exports[0].path: found 'srv'"));
  CHECK_THAT(with("{path: /a, directory: /b/}"), Contains("exports[0].directory: found '/b/'"));
  CHECK_THAT(with("{path: /a}, {path: /a}"), Contains("exports[1].path: found a second /a"));
  CHECK_THAT(with("{path: /a, key: 1}"), Contains("key: found an unknown key"));
  CHECK_THAT(with("{path: /a, id: 64}"), Contains("exports[0].id: found '64'"));
  CHECK_THAT(with("{path: /a, id: 1}, {path: /b, id: 1}"),
             Contains("exports[1].id: found that of /a"));
  CHECK_THAT(with("{path: /a, clients: [198.51.100.1/24]}"), Contains("exports[0].clients[0]"));
}

TEST_CASE("one to eight gateways are named, each once") {
  const std::string list = "[10.77.0.1:7077, 10.77.0.2:7077]";
  for (const char* wrong : {"[]", "", "10.77.0.1:7077", "{a: 1}"}) {
    INFO(wrong);
    CHECK_THAT(message_for(changed(list, wrong)), Contains("gateways: found"));
  }
  CHECK_THAT(message_for(changed("10.77.0.2", "10.77.0.1")), Contains("each gateway once"));
  CHECK_THAT(message_for(changed("10.77.0.2:7077", "10.77.0.2")), Contains("gateways[1]: found"));
  CHECK_THAT(message_for(changed("10.77.0.2", "0.0.0.0")), Contains("gateways[1]: found"));
  std::string nine;
  for (int i = 1; i <= 9; ++i) nine += "10.77.0." + std::to_string(i) + ":7077, ";
  CHECK_THAT(message_for(changed(list, "[" + nine + "]")), Contains("at most 8"));
}

TEST_CASE("UDP ports 512 to 1023 are leased for what binds them, unless others are named") {
  const auto seen = [](const std::string& line) {
    return parse_agent_configuration_text(kGood + line, "agent.yaml").lease_seen;
  };
  const LeaseSeen usual = seen("");
  CHECK(to_text(usual.udp) == "512-1023");
  CHECK(usual.tcp.none());
  const LeaseSeen more = seen("lease_seen: {udp: [512-513, 2000, 515-1023], tcp: [8443]}\n");
  CHECK(to_text(more.udp) == "512-513,515-1023,2000");
  CHECK(to_text(more.tcp) == "8443");
  CHECK(to_text(seen("lease_seen: {tcp: [1-65535]}\n").udp) == "512-1023");
  CHECK(seen("lease_seen: {udp: []}\n").udp.none());
  for (const char* wrong :
       {"0", "0-5", "65536", "9-5", "\"1,2\"", "\"\"", "x", "{a: 1}", "1-2-3"}) {
    INFO(wrong);
    CHECK_THAT(message_for(kGood + "lease_seen: {udp: [700, " + wrong + "]}\n"),
               Contains("agent.yaml:5: lease_seen.udp[1]: found"));
  }
  CHECK_THAT(message_for(kGood + "lease_seen: {udp: 700}\n"), Contains("lease_seen.udp: found"));
  CHECK_THAT(message_for(kGood + "lease_seen: [700]\n"), Contains("lease_seen: found"));
  CHECK_THAT(message_for(kGood + "lease_seen: {sctp: [700]}\n"),
             Contains("lease_seen.sctp: found"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "700, ";
  CHECK_THAT(message_for(kGood + "lease_seen: {udp: [" + many + "]}\n"), Contains("at most 64"));
}

TEST_CASE("a token is one line of 64 hex digits, for its owner's eyes only") {
  CHECK(message_for_token(kDigits + "\n", 0600).empty());
  CHECK(message_for_token(kDigits, 0400).empty());
  CHECK_THAT(message_for_token(kDigits, 0640),
             Contains("agent.yaml:4: token_file: found mode 0640"));
  CHECK_THAT(message_for_token(kDigits, 0604), Contains("found mode 0604"));
  for (const std::string& wrong :
       {std::string(), kDigits + "\n\n", kDigits + "a", kDigits.substr(1)}) {
    const std::string message = message_for_token(wrong, 0600);
    CHECK_THAT(message, Contains("token_file: found something else"));
    CHECK_THAT(message, !Contains("aaaa"));
  }
}

TEST_CASE("a token that is not there, or is no file, is an error in the token's line") {
  const TemporaryFolder folder;
  folder.write("agent.yaml", kGood);
  const auto file = folder.path() / "agent.yaml";
  CHECK_THROWS_WITH(parse_agent_configuration(file),
                    Contains(":4: token_file: found No such file"));
  std::filesystem::create_directory(folder.path() / "agent.token");
  CHECK_THROWS_WITH(parse_agent_configuration(file), Contains("something that is no file"));
}

TEST_CASE("the agent's sample configuration is right") {
  CHECK_NOTHROW(
      parse_agent_configuration_text(control::read_configuration_file(ENCLUSTER_AGENT_YAML), ""));
}

}  // namespace encluster::agent
