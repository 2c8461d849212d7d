#include "rpcbind/place.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace encluster::rpcbind {
namespace {

std::optional<Place> at(const std::string& address, const std::string& network = "udp") {
  return place_of({100'011, 1, network, address, "superuser"});
}

}  // namespace

TEST_CASE("a universal address ends with the port's two bytes") {
  CHECK(at("0.0.0.0.0.111")->port == PortNumber(111));
  CHECK(at("192.0.2.255.255.255")->port == PortNumber(65'535));
  CHECK(at(any_address(PortNumber(875)))->port == PortNumber(875));
  for (const char* wrong :
       {"", ".", "0.0.0.0.0.0", "0.0.0.0.256.1", "0.0.0.0.1", "0.0.0.0.1.1.1", "0.0.0.0.1.",
        ".....", "::.1.1", "/run/rpcbind.sock", "0.0.0.0.-1.1", "0.0.0.0. 1.1", "0.0.0.0.1.1 "}) {
    INFO(wrong);
    CHECK_FALSE(at(wrong));
  }
}

TEST_CASE("a network is a protocol by IPv4, or none") {
  CHECK(at("0.0.0.0.3.107", "tcp") == Place{Protocol::tcp, PortNumber(875)});
  CHECK(at("0.0.0.0.3.107", "udp") == Place{Protocol::udp, PortNumber(875)});
  for (const char* network : {"udp6", "tcp6", "local", "", "UDP"}) {
    CHECK_FALSE(at("0.0.0.0.3.107", network));
  }
}

}  // namespace encluster::rpcbind
