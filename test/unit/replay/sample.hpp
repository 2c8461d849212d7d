// A small gateway's configuration, and captures of frames built for it.
#pragma once

#include <string>
#include <vector>

#include "control/configuration.hpp"
#include "replay/capture.hpp"
#include "replay/sides.hpp"
#include "support/packet_builder.hpp"

namespace encluster::replay::test {

using namespace encluster::test;  // the builder

inline constexpr Ipv4Address kCluster{192, 0, 2, 1};
inline constexpr Ipv4Address kRouter{192, 0, 2, 254};
inline constexpr Ipv4Address kRemote{192, 0, 2, 101};
inline constexpr Ipv4Address kFarRemote{198, 51, 100, 7};
inline constexpr Ipv4Address kInside{10, 77, 0, 1};
inline constexpr Ipv4Address kAlpha{10, 77, 0, 11};
inline constexpr Ipv4Address kBeta{10, 77, 0, 12};
inline constexpr MacAddress kOutsideMac{2, 0, 0, 0, 0, 0x01};
inline constexpr MacAddress kInsideMac{2, 0, 0, 0, 0, 0x02};
inline constexpr MacAddress kRemoteMac{2, 0, 0, 0, 1, 0x65};
inline constexpr MacAddress kAlphaMac{2, 0, 0, 0, 2, 0x0b};
inline constexpr MacAddress kBetaMac{2, 0, 0, 0, 2, 0x0c};
inline constexpr std::uint16_t kBetaSlice = 16384 + 2 * 16384;

/// Nodes alpha (1) and beta (2), slices of 16384; rlogin on both, database on beta.
[[nodiscard]] const std::string& configuration_text();
[[nodiscard]] const control::Configuration& configuration();

/// Frames with their sides and times, as a recording has them. Interface 0 is the network, 1 the
/// interconnect.
class Frames {
 public:
  /// From a station to the gateway, or with other MAC addresses as the builder has them.
  Frames& outside(PacketBuilder builder, std::uint64_t milliseconds = 0);
  Frames& inside(PacketBuilder builder, std::uint64_t milliseconds = 0);
  /// Sent by the gateway.
  Frames& sent_outside(PacketBuilder builder, std::uint64_t milliseconds = 0);
  Frames& sent_inside(PacketBuilder builder, std::uint64_t milliseconds = 0);
  Frames& add(std::uint32_t interface, const PacketBuilder& builder, std::uint64_t milliseconds);

  /// Valid as long as this object, until the next is added.
  [[nodiscard]] std::vector<CapturedFrame> all() const;
  /// As a pcapng file whose interfaces are called ext0 and int0.
  [[nodiscard]] std::string file() const;

 private:
  struct Kept {
    std::uint32_t interface;
    std::uint64_t nanoseconds;
    Frame frame;
  };
  std::vector<Kept> frames_;
};

[[nodiscard]] inline std::vector<std::optional<Side>> both_sides() {
  return {Side{0}, kInterconnect};
}

}  // namespace encluster::replay::test
