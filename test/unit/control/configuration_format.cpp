#include "control/configuration_format.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {

TEST_CASE("numbers are decimal digits and nothing else") {
  CHECK(parse_number("0") == 0u);
  CHECK(parse_number("18446744073709551615") == 18446744073709551615u);
  for (const char* const wrong :
       {"", "00", "+1", "-1", " 1", "1 ", "0x1", "1e3", "1.0", "18446744073709551616"}) {
    INFO(wrong);
    CHECK_FALSE(parse_number(wrong).has_value());
  }
}

TEST_CASE("addresses are four decimal numbers") {
  CHECK(parse_address("0.0.0.0") == Ipv4Address());
  CHECK(parse_address("255.255.255.255") == Ipv4Address(255, 255, 255, 255));
  for (const char* const wrong : {"", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.",
                                  "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.4 ", "::1"}) {
    INFO(wrong);
    CHECK_FALSE(parse_address(wrong).has_value());
  }
}

TEST_CASE("addresses are written as they are read") {
  CHECK(to_text(Ipv4Address(192, 0, 2, 1)) == "192.0.2.1");
  CHECK(to_text(Ipv4Prefix{Ipv4Address(10, 77, 0, 1), 24}) == "10.77.0.1/24");
}

TEST_CASE("bounds of numbers are part of what is allowed") {
  const auto format = number<std::uint16_t>(1, 1023);
  CHECK(format.allowed == "a whole number from 1 to 1023");
  CHECK_FALSE(format.parse("0").has_value());
  CHECK(format.parse("1") == std::uint16_t{1});
  CHECK(format.parse("1023") == std::uint16_t{1023});
  CHECK_FALSE(format.parse("1024").has_value());
  CHECK_FALSE(format.parse("65537").has_value());
}

TEST_CASE("an RPC program can be a node's, unless the cluster serves it") {
  const auto format = rpc_program();
  for (const std::uint32_t number : {1U, 100'011U, ~0U}) {
    CHECK(format.parse(std::to_string(number)) == number);
  }
  for (const char* const wrong : {"", "0", "4294967296", "100000", "100003", "100005", "100227",
                                  "100011/udp", "-1", "0100011"}) {
    INFO(wrong);
    CHECK_FALSE(format.parse(wrong).has_value());
  }
}

TEST_CASE("ports of services are one or a range, of one protocol") {
  const auto one = service_ports().parse("8443/tcp");
  REQUIRE(one);
  CHECK(*one == ServicePorts{PortNumber(8443), PortNumber(8443), Protocol::tcp});
  const auto range = service_ports().parse("2000-2100/udp");
  REQUIRE(range);
  CHECK(range->contain(Protocol::udp, PortNumber(2000)));
  CHECK(range->contain(Protocol::udp, PortNumber(2100)));
  CHECK_FALSE(range->contain(Protocol::udp, PortNumber(1999)));
  CHECK_FALSE(range->contain(Protocol::udp, PortNumber(2101)));
  CHECK_FALSE(range->contain(Protocol::tcp, PortNumber(2050)));
  for (const char* const wrong :
       {"", "/tcp", "0/tcp", "0-1/tcp", "2-1/tcp", "1-65536/tcp", "1-2", "1-2-3/tcp", "-2/tcp",
        "1-/tcp", "1 - 2/tcp", "1/tcp-2/tcp", "1-2/icmp"}) {
    INFO(wrong);
    CHECK_FALSE(service_ports().parse(wrong).has_value());
  }
}

TEST_CASE("a host of a network is neither the network nor its broadcast address") {
  const Ipv4Prefix prefix{Ipv4Address(192, 0, 2, 1), 24};
  CHECK_FALSE(is_host_of(prefix, Ipv4Address(192, 0, 2, 0)));
  CHECK(is_host_of(prefix, Ipv4Address(192, 0, 2, 254)));
  CHECK_FALSE(is_host_of(prefix, Ipv4Address(192, 0, 2, 255)));
  CHECK_FALSE(is_host_of(prefix, Ipv4Address(192, 0, 3, 1)));
}

TEST_CASE("a network of two addresses has two hosts") {
  const Ipv4Prefix prefix{Ipv4Address(192, 0, 2, 0), 31};
  CHECK(is_host_of(prefix, Ipv4Address(192, 0, 2, 0)));
  CHECK(is_host_of(prefix, Ipv4Address(192, 0, 2, 1)));
  CHECK_FALSE(is_host_of(prefix, Ipv4Address(192, 0, 2, 2)));
}

TEST_CASE("paths are absolute and in their shortest form") {
  for (const char* const right : {"/", "/a", "/export/home", "/a/..b/.c", "/with blank"}) {
    INFO(right);
    CHECK(absolute_path().parse(right).has_value());
  }
  for (const char* const wrong : {"", "a", "//", "/a/", "/a//b", "/.", "/a/./b", "/..", "/a/.."}) {
    INFO(wrong);
    CHECK_FALSE(absolute_path().parse(wrong).has_value());
  }
}

TEST_CASE("a slice is automatic or a power of two") {
  CHECK_FALSE(slice().parse("auto").value().has_value());
  CHECK(slice().parse("4096").value() == 4096u);
  CHECK_FALSE(slice().parse("4095").has_value());
  CHECK_FALSE(slice().parse("65536").has_value());
}

}  // namespace encluster::control
