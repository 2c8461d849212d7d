#include "agent/port_list.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {

TEST_CASE("a list of ports comes back as the kernel writes it") {
  for (const std::string text : {"", "1", "1-3", "1-3,5", "0,65535", "7,9,11-12"}) {
    INFO(text);
    const auto ports = parse_port_list(text + "\n");
    REQUIRE(ports.has_value());
    CHECK(to_text(*ports) == text);
  }
  CHECK(to_text(parse_port_list("5,1,2,3").value()) == "1-3,5");
  CHECK(to_text(parse_port_list("1-2,2-4").value()) == "1-4");
}

TEST_CASE("what is no list of ports is none") {
  for (const std::string text :
       {"a", "1,", ",1", "1-", "-1", "3-1", "1--3", "65536", "1 2", "1,,2"}) {
    INFO(text);
    CHECK_FALSE(parse_port_list(text).has_value());
  }
}

TEST_CASE("a range of ports is two numbers") {
  const auto range = parse_port_range("16384\t32767\n");
  REQUIRE(range.has_value());
  CHECK(range->first == PortNumber(16384));
  CHECK(range->last == PortNumber(32767));
  for (const char* text : {"", "1", "1 a", "1 2 3", "1-2", "1 65536"}) {
    INFO(text);
    CHECK_FALSE(parse_port_range(text).has_value());
  }
}

}  // namespace encluster::agent
