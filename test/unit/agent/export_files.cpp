#include "agent/export_files.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {
namespace {

using Catch::Contains;

const auto kInterconnect = [] { return Ipv4Prefix{Ipv4Address(10, 77, 0, 0), 24}; };

AgentConfiguration configuration(std::vector<ConfiguredExport> exports) {
  AgentConfiguration result;
  result.number = 3;
  result.exports = std::move(exports);
  return result;
}

const ConfiguredExport kHome{.path = "/export/home", .directory = "/export/home", .id = 1};
const ConfiguredExport kLast{.path = "/a b",
                             .directory = "/a b",
                             .id = kMaxExportId,
                             .read_only = true,
                             .clients = {{Ipv4Address(198, 51, 100, 0), 24}}};

}  // namespace

TEST_CASE("Linux's server gets a number for each export that no other node has") {
  const std::string text = linux_exports(configuration({kHome, kLast}), kInterconnect);
  CHECK_THAT(text, Contains("\n/export/home *(rw,sync,no_subtree_check,crossmnt,fsid=193)\n"));
  CHECK_THAT(text, Contains("\n/a\\040b 10.77.0.0/24(ro,sync,no_subtree_check,crossmnt,fsid=255) "
                            "198.51.100.0/24(ro,sync,no_subtree_check,crossmnt,fsid=255)\n"));
}

TEST_CASE("Ganesha gets a block for each export") {
  ConfiguredExport elsewhere = kHome;
  elsewhere.directory = "/srv/home";
  const std::string text = ganesha_exports(configuration({elsewhere, kLast}), kInterconnect);
  CHECK_THAT(text, Contains("Export_Id = 193;"));
  CHECK_THAT(text, Contains("Filesystem_Id = 3.1;"));
  CHECK_THAT(text, Contains("Path = \"/srv/home\";\n  Pseudo = \"/export/home\";"));
  CHECK_THAT(text, Contains("Access_Type = RW;"));
  CHECK_THAT(text, Contains("Clients = 10.77.0.0/24, 198.51.100.0/24;\n    Access_Type = RO;"));
}

TEST_CASE("the numbers of all nodes differ, and fit Ganesha's 16 bits") {
  AgentConfiguration last = configuration({kLast});
  last.number = kMaxNodeId;
  CHECK_THAT(ganesha_exports(last, kInterconnect), Contains("Export_Id = 65535;"));
}

TEST_CASE("what is lacking is named") {
  ConfiguredExport nameless = kHome;
  nameless.id = 0;
  CHECK_THROWS_WITH(linux_exports(configuration({nameless}), kInterconnect),
                    Contains("/export/home has no id"));
  AgentConfiguration numberless = configuration({kHome});
  numberless.number = 0;
  CHECK_THROWS_WITH(ganesha_exports(numberless, kInterconnect), Contains("has no number"));
  ConfiguredExport elsewhere = kHome;
  elsewhere.directory = "/srv";
  CHECK_THROWS_WITH(linux_exports(configuration({elsewhere}), kInterconnect),
                    Contains("/srv cannot be /export/home"));
  ConfiguredExport quote = kHome;
  quote.path = "/\"";
  CHECK_THROWS_WITH(ganesha_exports(configuration({quote}), kInterconnect),
                    Contains("has a quote"));
}

TEST_CASE("the interconnect is the network of the gateway's address") {
  CHECK(interconnect_towards(Ipv4Address(127, 0, 0, 9)) ==
        Ipv4Prefix{Ipv4Address(127, 0, 0, 0), 8});
  CHECK_THROWS_WITH(interconnect_towards(Ipv4Address(203, 0, 113, 9)), Contains("203.0.113.9"));
}

}  // namespace encluster::agent
