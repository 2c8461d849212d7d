// Repeatable random values for tests of properties.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::test {

/// Everything follows from the seed.
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  /// From 0 to `last`.
  std::uint32_t upto(std::uint32_t last) {
    return std::uniform_int_distribution<std::uint32_t>(0, last)(engine_);
  }
  std::uint32_t between(std::uint32_t first, std::uint32_t last) {
    return first + upto(last - first);
  }
  /// True once in `times`, on average.
  bool once_in(std::uint32_t times) { return upto(times - 1) == 0; }
  std::uint16_t word() { return static_cast<std::uint16_t>(upto(0xffff)); }
  Ipv4Address address() { return Ipv4Address(upto(0xffffffff)); }
  PortNumber port() { return PortNumber(static_cast<std::uint16_t>(1 + upto(0xfffe))); }
  std::string text(std::size_t length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(upto(0xff));
    return bytes;
  }
  std::vector<std::uint8_t> bytes(std::size_t length) {
    std::vector<std::uint8_t> all(length);
    for (std::uint8_t& byte : all) byte = static_cast<std::uint8_t>(upto(0xff));
    return all;
  }
  template <typename Values>
  void shuffle(Values& values) {
    std::shuffle(values.begin(), values.end(), engine_);
  }

 private:
  std::mt19937 engine_;
};

}  // namespace encluster::test
