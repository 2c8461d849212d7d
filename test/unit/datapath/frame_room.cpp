#include "datapath/frame_room.hpp"

#include <catch2/catch.hpp>

#include "datapath/error.hpp"

namespace encluster::datapath {
namespace {

TEST_CASE("a frame's room holds headers, tags and what the kernel's ring puts in front") {
  constexpr std::uint32_t kHeaderAndTags = 14 + 2 * 4 + 4;
  constexpr std::uint32_t kRingHeader = 66;  // of TPACKET_V2, up to the Ethernet header
  for (std::uint32_t mtu = 576; mtu <= 9216; ++mtu) {
    const std::uint32_t room = frame_room(static_cast<std::uint16_t>(mtu));
    REQUIRE(room >= mtu + kHeaderAndTags);
    REQUIRE(room >= kRingHeader + mtu + kHeaderAndTags);
    REQUIRE(room % 1024 == 0);
  }
  CHECK(frame_room(1500) == 2048);
  CHECK(frame_room(9000) == 9216);
}

TEST_CASE("a device without rings of the kernel's is opened as configured") {
  for (const std::string device : {"0000:03:00.0", "net_ring0"}) {
    CHECK(with_frame_room(device, 1500) == device);
  }
  CHECK(with_frame_room("0000:03:00.0", 9000) == "0000:03:00.0");
  CHECK(with_frame_room("net_af_xdp0,iface=ext0", 3000) == "net_af_xdp0,iface=ext0");
}

TEST_CASE("af_packet gets rings of 8 MiB") {
  CHECK(with_frame_room("net_af_packet0,iface=ext0", 1500) ==
        "net_af_packet0,iface=ext0,framecnt=4096");
}

TEST_CASE("af_packet is told of larger slots, four in a block") {
  CHECK(with_frame_room("net_af_packet0,iface=ext0", 9000) ==
        "net_af_packet0,iface=ext0,framesz=9216,blocksz=36864,framecnt=908");
}

TEST_CASE("a ring that the configuration asks for is left") {
  const std::string device = "net_af_packet0,framecnt=512,iface=ext0";
  CHECK(with_frame_room(device, 1500) == device);
  CHECK(with_frame_room(device, 9000) == device + ",framesz=9216,blocksz=36864");
}

TEST_CASE("slots that the configuration asks for are left, or refused if too small") {
  const std::string device = "net_af_packet0,iface=ext0,framesz=16384,blocksz=65536";
  CHECK(with_frame_room(device, 9000) == device);
  CHECK_THROWS_WITH(with_frame_room("net_af_packet0,iface=ext0,framesz=4096", 9000),
                    Catch::Contains("ext0") && Catch::Contains("MTU of 9000") &&
                        Catch::Contains("framesz=9216,blocksz=36864"));
  CHECK_THROWS_AS(with_frame_room("net_af_packet0,iface=ext0,framesz=x", 1500), DatapathError);
}

}  // namespace
}  // namespace encluster::datapath
