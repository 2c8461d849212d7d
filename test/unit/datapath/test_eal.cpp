#include "test_eal.hpp"

#include <catch2/catch.hpp>
#include <cstdio>

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
