#include "control/guard.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

TEST_CASE("the kernel interface of a device is the one its driver opens") {
  CHECK(kernel_interface_of("net_af_packet0,iface=ext0") == "ext0");
  CHECK(kernel_interface_of("net_af_packet1,blocksz=4096,iface=int0,qpairs=2") == "int0");
  CHECK(kernel_interface_of("net_af_xdp0,iface=ens3,start_queue=0") == "ens3");
  CHECK(kernel_interface_of("net_pcap0,iface=eth1") == "eth1");
  CHECK(kernel_interface_of("net_pcap0,rx_iface=eth1,tx_iface=eth1") == "eth1");
}

TEST_CASE("a device that is no kernel interface has none") {
  CHECK_FALSE(kernel_interface_of("0000:03:00.0"));
  CHECK_FALSE(kernel_interface_of("net_ring0"));
  CHECK_FALSE(kernel_interface_of("net_tap0,iface=dtap0"));
  CHECK_FALSE(kernel_interface_of("net_af_packet0"));
  CHECK_FALSE(kernel_interface_of(""));
}

TEST_CASE("an ingress drop replaces an earlier one in the same transaction") {
  const std::string commands = ingress_drop("ext0");

  const auto declared = commands.find("table netdev encluster_ext0");
  const auto deleted = commands.find("delete table netdev encluster_ext0");
  const auto hooked = commands.find("hook ingress device \"ext0\"");
  REQUIRE(hooked != std::string::npos);
  CHECK(declared < deleted);
  CHECK(deleted < hooked);
  CHECK(commands.find("policy drop") != std::string::npos);
}

TEST_CASE("interfaces whose names differ have tables whose names differ") {
  const std::string dotted = ingress_drop("eth0.5");
  CHECK(dotted.find("encluster_eth0_2e5") != std::string::npos);
  CHECK(ingress_drop("eth0-5").find("encluster_eth0_2d5") != std::string::npos);
  CHECK(dotted.find("device \"eth0.5\"") != std::string::npos);
}

}  // namespace
}  // namespace encluster::control
