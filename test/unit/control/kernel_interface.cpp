#include "control/kernel_interface.hpp"

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

}  // namespace
}  // namespace encluster::control
