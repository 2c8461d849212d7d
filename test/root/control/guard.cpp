#include "control/guard.hpp"

#include <catch2/catch.hpp>

#include "control/kernel_error.hpp"
#include "root/control/private_namespace.hpp"

namespace encluster::control {
namespace {

using Catch::Contains;
using Catch::VectorContains;
using test::PrivateNamespace;
using test::run;

/// A host with the two ends of a cable: ext0 is the gateway's device, peer the world's.
struct Host {
  Host() {
    run("ip link add ext0 address 02:00:00:00:00:77 type veth peer name peer; "
        "ip link set peer up");
  }
  PrivateNamespace apart;
};

TEST_CASE("a guarded interface is up, mute and deaf, and verifies") {
  const Host host;
  const Guard guard("ext0", 1400);
  CHECK_FALSE(guard.verify().empty());

  CHECK(guard.install().empty());

  CHECK(guard.verify().empty());
  CHECK_THAT(run("ip -o link show ext0"),
             Contains("NOARP") && Contains("UP") && Contains("mtu 1400"));
  CHECK_THAT(run("ethtool -k ext0"), Contains("generic-segmentation-offload: off") &&
                                         Contains("tx-tcp-segmentation: off") &&
                                         Contains("generic-receive-offload: off") &&
                                         Contains("tx-checksumming: off"));
}

/// The number of IP datagrams that the kernel has taken in (RFC 4293, ipSystemStatsInReceives).
std::string received() {
  return run("awk '$1 == \"Ip:\" && $4 != \"InReceives\" {print $4}' /proc/net/snmp");
}

TEST_CASE("the kernel does not see what arrives on a guarded interface") {
  const Host host;
  const std::string ping = "ping -c1 -W1 -I peer 198.51.100.77 >/dev/null 2>&1; true";
  run("ip link set ext0 up; ip address add 198.51.100.2/24 dev peer");
  run("ip neigh replace 198.51.100.77 dev peer lladdr 02:00:00:00:00:77");
  const std::string at_first = received();
  run(ping);
  const std::string unguarded = received();
  REQUIRE(unguarded != at_first);

  REQUIRE(Guard("ext0").install().empty());
  run(ping);

  CHECK(received() == unguarded);
}

TEST_CASE("a guard is installed again over an earlier run's") {
  const Host host;
  CHECK(Guard("ext0").install().empty());
  CHECK(Guard("ext0").install().empty());

  const std::string tables = run("nft list tables netdev");
  CHECK(tables == "table netdev encluster_ext0\n");
}

TEST_CASE("what somebody undid of a guard is reported") {
  const Host host;
  const Guard guard("ext0");
  REQUIRE(guard.install().empty());

  run("nft delete table netdev encluster_ext0");
  run("ip link set ext0 arp on down");
  run("echo 0 > /proc/sys/net/ipv6/conf/ext0/disable_ipv6");
  run("ip address add 192.0.2.1/24 dev ext0");
  run("ethtool -K ext0 gro on");
  run("ip link set ext0 mtu 1300");

  const auto findings = guard.verify();
  CHECK_THAT(findings, VectorContains(std::string("ext0: the ingress drop is gone")));
  CHECK_THAT(findings, VectorContains(std::string("ext0: ARP is on")));
  CHECK_THAT(findings, VectorContains(std::string("ext0: the interface is down")));
  CHECK_THAT(findings, VectorContains(std::string("ext0: IPv6 is on")));
  CHECK_THAT(findings, VectorContains(std::string("ext0: has the address 192.0.2.1/24")));
  CHECK_THAT(findings, VectorContains(std::string("ext0: gro is on")));
  CHECK_THAT(findings, VectorContains(std::string("ext0: the MTU is 1300")));
}

TEST_CASE("an MTU that the interface cannot have is refused by name and number") {
  const Host host;
  CHECK_THROWS_WITH(Guard("ext0", 60).install(), Contains("ext0") && Contains("60"));
}

TEST_CASE("a guarded interface that has gone is reported") {
  const Host host;
  const Guard guard("ext0");
  REQUIRE(guard.install().empty());

  run("ip link del ext0");

  const auto findings = guard.verify();
  REQUIRE(findings.size() == 1);
  CHECK_THAT(findings[0], Contains("ext0"));
}

TEST_CASE("an ingress chain that accepts is no guard") {
  const Host host;
  const Guard guard("ext0");
  REQUIRE(guard.install().empty());

  run("nft 'chain netdev encluster_ext0 ingress { policy accept; }'");

  CHECK(guard.verify().size() == 1);
}

TEST_CASE("an interface with an address is refused, and left as it is") {
  const Host host;
  run("ip address add 192.0.2.1/24 dev ext0");

  CHECK_THROWS_WITH(Guard("ext0").install(), Contains("192.0.2.1/24") && Contains("flush"));

  CHECK(run("nft list tables").empty());
}

TEST_CASE("an interface that does not exist is named") {
  const PrivateNamespace apart;
  CHECK_THROWS_WITH(Guard("ext7").install(), Contains("ext7"));
}

TEST_CASE("an interface name that nftables would not take as a table's is guarded as well") {
  const PrivateNamespace apart;
  run("ip link add enp1s0.5-x type veth peer name peer");
  const Guard guard("enp1s0.5-x");

  CHECK_NOTHROW(guard.install());

  CHECK_THAT(run("nft list ruleset"), Contains("\"enp1s0.5-x\""));
}

}  // namespace
}  // namespace encluster::control
