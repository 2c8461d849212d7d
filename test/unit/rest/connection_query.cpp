#include "rest/connection_query.hpp"

#include <catch2/catch.hpp>

namespace encluster::rest {
namespace {

ConnectionView rlogin() {
  return {.protocol = Protocol::tcp,
          .remote = Ipv4Address(198, 51, 100, 7),
          .remote_port = PortNumber(std::uint16_t{1023}),
          .cluster_port = PortNumber(std::uint16_t{513}),
          .node_port = PortNumber(std::uint16_t{513}),
          .node = "alpha",
          .service = "rlogin",
          .state = {"answered", "fin_node"},
          .seconds_left = 7100,
          .idle_seconds = 100};
}

bool found_by(const std::map<std::string, std::string>& query) {
  return matches(parse_connection_query(query).filter, rlogin());
}

std::string complaint(const std::map<std::string, std::string>& query) {
  try {
    static_cast<void>(parse_connection_query(query));
  } catch (const BadRequest& bad) {
    return bad.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a connection is found by everything that is known of it") {
  CHECK(found_by({}));
  for (const auto& [key, good, bad] :
       std::vector<std::array<const char*, 3>>{{"node", "alpha", "beta"},
                                               {"remote", "198.51.100.7", "198.51.100.8"},
                                               {"remote", "198.51.100.0/24", "198.51.101.0/24"},
                                               {"port", "513", "514"},
                                               {"protocol", "tcp", "udp"},
                                               {"state", "fin_node", "reset"},
                                               {"idle", "100", "101"}}) {
    CAPTURE(key);
    CHECK(found_by({{key, good}}));
    CHECK_FALSE(found_by({{key, bad}}));
  }
  CHECK(found_by({{"node", "alpha"}, {"idle", "1"}}));
  CHECK_FALSE(found_by({{"node", "alpha"}, {"idle", "1000"}}));
}

TEST_CASE("what is wrong with a filter is said") {
  CHECK(complaint({{"remote", "198.51.100.7/24"}}) ==
        "remote: found '198.51.100.7/24'; allowed: an address, such as 198.51.100.7, or a network, "
        "such as 198.51.100.0/24");
  CHECK(complaint({{"port", "65536"}}) ==
        "port: found '65536'; allowed: a whole number from 0 to 65535");
  CHECK(complaint({{"protocol", "sctp"}}) == "protocol: found 'sctp'; allowed: tcp, udp, icmp");
  CHECK(complaint({{"state", "new"}}).starts_with("state: found 'new'; allowed: embryonic, "));
  CHECK(complaint({{"limit", "5"}, {"limi", "5"}}) ==
        "'limi': found an unknown parameter; allowed: limit, cursor, node, remote, port, protocol, "
        "state, idle");
}

}  // namespace encluster::rest
