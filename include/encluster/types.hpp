// The vocabulary: small strong types that every layer uses.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>

#include "encluster/byte_order.hpp"

namespace encluster {

/// An IPv4 address as a host-order number, so that prefixes are plain arithmetic.
class Ipv4Address {
 public:
  constexpr Ipv4Address() noexcept = default;
  constexpr explicit Ipv4Address(std::uint32_t host) noexcept : value_(host) {}
  constexpr explicit Ipv4Address(Be32 wire) noexcept : value_(wire.host()) {}
  constexpr Ipv4Address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) noexcept
      : value_(std::uint32_t{a} << 24 | std::uint32_t{b} << 16 | std::uint32_t{c} << 8 | d) {}

  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return value_; }
  [[nodiscard]] constexpr Be32 wire() const noexcept { return Be32(value_); }
  friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) noexcept = default;

 private:
  std::uint32_t value_ = 0;
};

/// An address and the number of leading bits that name its network, as in 192.0.2.1/24.
struct Ipv4Prefix {
  Ipv4Address address;      ///< host bits may be set: an interface's own address with its mask
  std::uint8_t length = 0;  ///< 0 to 32

  [[nodiscard]] constexpr std::uint32_t mask() const noexcept {
    return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
  }
  [[nodiscard]] constexpr bool contains(Ipv4Address other) const noexcept {
    return ((address.value() ^ other.value()) & mask()) == 0;
  }
  [[nodiscard]] constexpr bool overlaps(const Ipv4Prefix& other) const noexcept {
    return length <= other.length ? contains(other.address) : other.contains(address);
  }
  [[nodiscard]] constexpr Ipv4Address first() const noexcept {
    return Ipv4Address(address.value() & mask());
  }
  [[nodiscard]] constexpr Ipv4Address last() const noexcept {
    return Ipv4Address(address.value() | ~mask());
  }
  friend constexpr auto operator<=>(const Ipv4Prefix&, const Ipv4Prefix&) noexcept = default;
};

/// A transport port (TCP, UDP), or the identifier of an ICMP echo, in host order.
/// A DPDK port is a `NicPort` and lives in `datapath`.
class PortNumber {
 public:
  constexpr PortNumber() noexcept = default;
  constexpr explicit PortNumber(std::uint16_t host) noexcept : value_(host) {}
  constexpr explicit PortNumber(Be16 wire) noexcept : value_(wire.host()) {}

  [[nodiscard]] constexpr std::uint16_t value() const noexcept { return value_; }
  [[nodiscard]] constexpr Be16 wire() const noexcept { return Be16(value_); }
  friend constexpr auto operator<=>(PortNumber, PortNumber) noexcept = default;

 private:
  std::uint16_t value_ = 0;
};

/// A node of the cluster; 0 is the gateway itself.
class NodeId {
 public:
  constexpr NodeId() noexcept = default;
  constexpr explicit NodeId(std::uint16_t value) noexcept : value_(value) {}

  [[nodiscard]] constexpr std::uint16_t value() const noexcept { return value_; }
  [[nodiscard]] constexpr bool is_gateway() const noexcept { return value_ == 0; }
  friend constexpr auto operator<=>(NodeId, NodeId) noexcept = default;

 private:
  std::uint16_t value_ = 0;
};

inline constexpr NodeId kGateway{};
inline constexpr std::uint16_t kMaxNodeId = 1023;

/// Position of an external network in the configuration, from 0.
using NetworkIndex = std::uint8_t;
inline constexpr std::size_t kMaxNetworks = 16;

/// Position of a service in the configuration, from 0; `kNoService` where none is concerned.
using ServiceIndex = std::uint16_t;
inline constexpr ServiceIndex kNoService = 0xffff;

using WorkerId = std::uint8_t;

using MacAddress = std::array<std::uint8_t, 6>;

/// The IP protocol number of what a switch entry or a connection carries.
enum class Protocol : std::uint8_t { icmp = 1, tcp = 6, udp = 17 };

/// Seconds on the worker's clock (CLOCK_MONOTONIC, wraps after 136 years).
using Seconds = std::uint32_t;

}  // namespace encluster

template <>
struct std::hash<encluster::Ipv4Address> {
  std::size_t operator()(encluster::Ipv4Address address) const noexcept {
    return std::hash<std::uint32_t>{}(address.value());
  }
};
