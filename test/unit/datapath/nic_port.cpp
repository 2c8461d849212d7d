#include "datapath/nic_port.hpp"

#include <rte_mbuf.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "datapath/error.hpp"
#include "ring_device.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {
namespace {

DeviceSettings device(std::string name) { return {std::move(name), 1500}; }

TEST_CASE("a device receives and sends whole frames") {
  const NoBufferLost checked;
  NicPort port(device("net_ring10"), 1, test_pool());
  port.start();
  RingDevice far_end("net_ring10");
  const Bytes frame(60, std::byte{7});
  far_end.feed(frame);
  std::array<rte_mbuf*, 4> buffers{};
  REQUIRE(port.receive(0, buffers) == 1);
  CHECK(buffers[0]->pkt_len == 60);
  CHECK(port.receive(0, std::span(buffers).subspan(1)) == 0);
  REQUIRE(port.send(0, std::span(buffers).first(1)) == 1);
  CHECK(far_end.sent() == frame);
  CHECK(far_end.sent() == std::nullopt);
}

TEST_CASE("a device can be closed and opened again") {
  for (int round = 0; round < 3; ++round) {
    NicPort port(device("net_null11"), 1, test_pool());
    port.start();
    CHECK(port.link().up);
    port.stop();
    CHECK_FALSE(port.link().up);
  }
}

TEST_CASE("a device that does not exist is refused with its name and advice") {
  CHECK_THROWS_WITH(NicPort(device("net_nonsense0"), 1, test_pool()),
                    Catch::Contains("net_nonsense0") && Catch::Contains("must exist"));
  CHECK_THROWS_AS(NicPort(device(""), 1, test_pool()), DatapathError);
  CHECK_THROWS_AS(NicPort(device("0000:ff:1f.7"), 1, test_pool()), DatapathError);
}

TEST_CASE("more queues than the device has are refused") {
  CHECK_THROWS_WITH(NicPort(device("net_ring12"), 64, test_pool()),
                    Catch::Contains("64 queue(s)") && Catch::Contains("fewer workers"));
}

}  // namespace
}  // namespace encluster::datapath
