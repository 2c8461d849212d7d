#include "control/local_stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

constexpr PortNumber port(std::uint16_t number) { return PortNumber(number); }

LocalStackConfig with_services(std::vector<PortNumber> ports) {
  LocalStackConfig config;
  config.first_port = port(16384);
  config.last_port = port(20479);
  config.service_ports = std::move(ports);
  return config;
}

bool has(const std::vector<Setting>& settings, const Setting& setting) {
  return std::ranges::find(settings, setting) != settings.end();
}

TEST_CASE("service ports are reserved where they lie in slice 0, its ends included") {
  CHECK(reserved_ports("", with_services({port(513), port(20480), port(16383)})).empty());
  CHECK(reserved_ports("", with_services({port(16384), port(20479)})) == "16384,20479");
}

TEST_CASE("ports that the host had reserved stay reserved") {
  CHECK(reserved_ports("8080,9000-9010", with_services({port(20048)})) == "8080,9000-9010,20048");
  CHECK(reserved_ports("8080", with_services({})) == "8080");
}

TEST_CASE("a TAP answers ARP for its own address alone, and knows no IPv6") {
  const auto settings = interface_settings("ec-campus", false);

  CHECK(has(settings, {"net/ipv4/conf/ec-campus/arp_ignore", "1"}));
  CHECK(has(settings, {"net/ipv4/conf/ec-campus/arp_announce", "2"}));
  CHECK(has(settings, {"net/ipv4/conf/ec-campus/rp_filter", "1"}));
  CHECK(has(settings, {"net/ipv6/conf/ec-campus/disable_ipv6", "1"}));
}

TEST_CASE("only on the interconnect are neighbours checked more often than the kernel would") {
  const auto checked_often = [](const std::vector<Setting>& settings) {
    return std::ranges::any_of(settings, [](const Setting& setting) {
      return setting.key.starts_with("net/ipv4/neigh/");
    });
  };
  CHECK(checked_often(interface_settings("ec-inside", true)));
  CHECK_FALSE(checked_often(interface_settings("ec-campus", false)));
}

}  // namespace
}  // namespace encluster::control
