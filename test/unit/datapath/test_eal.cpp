#include "test_eal.hpp"

#include <rte_ethdev.h>

#include <catch2/catch.hpp>
#include <cstdio>

#include "thread_sanitizer.hpp"

namespace encluster::datapath {

Devices& test_devices() {
  static Devices devices([] {
    DevicesSettings settings;
    settings.eal.megabytes = 96;
    settings.eal.workers = 2;
    settings.eal.log = std::fopen("/dev/null", "w");  // tests provoke errors
    settings.networks = {{kNetworkDevice, 1500}};
    settings.interconnect = {kInterconnectDevice, 1500};
    return settings;
  }());
  static const bool explained = [] {
    explain_pool(devices.pool());
    for (const char* name : {kNetworkDevice, kInterconnectDevice}) {
      std::uint16_t port = 0;
      REQUIRE(rte_eth_dev_get_port_by_name(name, &port) == 0);
      explain_device(port, 2, 2);
    }
    return true;
  }();
  static_cast<void>(explained);
  return devices;
}

MbufPool& test_pool() { return test_devices().pool(); }

StartedPorts::StartedPorts() {
  test_devices().ports().at(0).start();
  test_devices().ports().at(kInterconnect).start();
}

StartedPorts::~StartedPorts() {
  test_devices().ports().at(0).stop();
  test_devices().ports().at(kInterconnect).stop();
}

NoBufferLost::NoBufferLost() : before_(test_pool().in_use()) {}

NoBufferLost::~NoBufferLost() { CHECK(test_pool().in_use() == before_); }

}  // namespace encluster::datapath
