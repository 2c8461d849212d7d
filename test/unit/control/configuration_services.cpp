#include "control/configuration_services.hpp"

#include <catch2/catch.hpp>

#include "login/login.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

namespace {

std::shared_ptr<const RoutingFunction> make_nothing(const ServiceConfig&, const ClusterView&) {
  return nullptr;
}

std::string message_about(const std::string& service) {
  const switching::PluginRegistry plugins{{"login", login::make_login}, {"nothing", make_nothing}};
  try {
    check_services(parse(kSmall + "services:\n  - {name: a, " + service + "}\n"), plugins);
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("services that their plugins accept are right") {
  CHECK(message_about("port: 513/tcp, plugin: login, scheduler: least-connections").empty());
  CHECK(message_about("port: 513/udp, node: alpha").empty());
}

TEST_CASE("an unknown plugin is refused with the known ones") {
  CHECK(message_about("port: 513/tcp, plugin: logon") ==
        "dir/test.yaml:9: services[0].plugin: found 'logon'; allowed: a plugin: login, nothing");
}

TEST_CASE("what a plugin refuses is reported at its place") {
  CHECK(message_about("port: 513/tcp, plugin: login, scheduler: random") ==
        "dir/test.yaml:9: services[0].scheduler: found 'random'; allowed: round-robin, "
        "weighted-round-robin, least-connections");
  CHECK(message_about("port: 513/udp, plugin: login") ==
        "dir/test.yaml:9: services[0].port: found a port that is not TCP; allowed: PORT/tcp");
}

TEST_CASE("a plugin that makes no routing function is refused") {
  CHECK(message_about("port: 513/tcp, plugin: nothing")
            .starts_with("dir/test.yaml:9: services[0].plugin:"));
}

}  // namespace encluster::control
