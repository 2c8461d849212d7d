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
  NicPort port(device("net_ring10"), {}, test_pool());
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
    NicPort port(device("net_null11"), {}, test_pool());
    port.start();
    CHECK(port.link().up);
    port.stop();
    CHECK_FALSE(port.link().up);
  }
}

TEST_CASE("a device that does not exist is refused with its name and advice") {
  CHECK_THROWS_WITH(NicPort(device("net_nonsense0"), {}, test_pool()),
                    Catch::Contains("net_nonsense0") && Catch::Contains("must exist"));
  CHECK_THROWS_AS(NicPort(device(""), {}, test_pool()), DatapathError);
  CHECK_THROWS_AS(NicPort(device("0000:ff:1f.7"), {}, test_pool()), DatapathError);
}

TEST_CASE("workers share the queues of a device that has too few") {
  const NoBufferLost checked;
  NicPort port(device("net_ring12"), {64}, test_pool());
  port.start();
  RingDevice far_end("net_ring12");
  constexpr std::uint16_t kQueues = 16;
  for (const WorkerId worker : {WorkerId{0}, WorkerId{kQueues}, WorkerId{3 * kQueues}}) {
    const Bytes frame(60, std::byte{static_cast<unsigned char>(worker)});
    far_end.feed(frame);
    std::array<rte_mbuf*, 1> buffers{};
    REQUIRE(port.receive(0, buffers) == 1);
    REQUIRE(port.send(worker, buffers) == 1);
    CHECK(far_end.sent() == frame);
  }
}

TEST_CASE("worker n polls queue n where there are enough") {
  NicPort port(device("net_ring13"), {2, RemoteField::source, 1}, test_pool());
  CHECK(port.receive_queue_of(0) == 0);
  CHECK(port.receive_queue_of(1) == 1);
  port.start();
  CHECK_FALSE(port.steering().rss);
  CHECK(port.steering().problem == "the device cannot hash one address alone");
}

TEST_CASE("an af_packet device gets as many queues as there are workers") {
  CHECK(with_queues("net_af_packet0,iface=a", 1) == "net_af_packet0,iface=a");
  CHECK(with_queues("net_af_packet0,iface=a", 2) == "net_af_packet0,iface=a,qpairs=2");
  CHECK(with_queues("net_af_packet0,qpairs=2,iface=a", 2) == "net_af_packet0,qpairs=2,iface=a");
  CHECK(with_queues("net_ring0", 2) == "net_ring0");
  CHECK_THROWS_WITH(with_queues("net_af_packet0,iface=a,qpairs=2", 3),
                    Catch::Contains("qpairs=2 for 3 worker(s)") && Catch::Contains("leave qpairs"));
  CHECK_THROWS_AS(with_queues("net_af_packet0,qpairs=2,iface=a", 1), DatapathError);
}

}  // namespace
}  // namespace encluster::datapath
