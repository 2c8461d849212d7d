// Random packets for pipeline and model: few hosts and ports, so that they meet.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>

#include "differential/message.hpp"
#include "support/gateway.hpp"

namespace encluster::differential {

struct Traffic {
  Origin origin = Origin::network;
  NetworkIndex network = 0;
  model::Bytes frame;
};

/// A cluster of three nodes on two networks; with one remote whose MAC address nobody knows.
[[nodiscard]] switching::ClusterState cluster();

/// Makes packets and changes of the cluster. Everything follows from the seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : generator_(seed) {}

  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(generator_() % limit);
  }
  template <typename Values>
  auto one_of(const Values& values) {
    return values[below(static_cast<std::uint32_t>(std::size(values)))];
  }

  Traffic packet();
  /// A node goes, comes, drains or changes its mind; a service or a network's leave changes.
  switching::ClusterState change(switching::ClusterState state);

 private:
  struct Ends {
    Ipv4Address from;
    Ipv4Address to;
    std::uint16_t from_port;
    std::uint16_t to_port;
  };
  Ends ends(Origin origin, NetworkIndex network);
  std::uint16_t port();
  test::PacketBuilder message(const Ends& ends);
  test::PacketBuilder segment(const Ends& ends);
  void damage(model::Bytes& frame);

  std::mt19937_64 generator_;
};

}  // namespace encluster::differential
