#include "agent/mounts.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {
namespace {

using agent_protocol::TreeEntry;
using Catch::Contains;

constexpr Ipv4Address kAlpha(10, 77, 0, 11);
constexpr Ipv4Address kBeta(10, 77, 0, 12);

AgentConfiguration alpha(std::vector<ConfiguredExport> exports = {}) {
  AgentConfiguration configuration;
  configuration.node = "alpha";
  configuration.exports = std::move(exports);
  return configuration;
}

const std::vector<TreeEntry> kTree{{"/export/b", "beta", kBeta}, {"/export/a", "alpha", kAlpha}};

}  // namespace

TEST_CASE("a node mounts the others' exports, and its own where they are elsewhere") {
  CHECK(mounts_of(alpha(), kTree) ==
        std::vector<Mount>{{"10.77.0.12:/export/b", "/export/b", false}});
  CHECK(mounts_of(alpha({{.path = "/export/a", .directory = "/srv/a"},
                         {.path = "/x", .directory = "/x"}}),
                  kTree) == std::vector<Mount>{{"/srv/a", "/export/a", true},
                                               {"10.77.0.12:/export/b", "/export/b", false}});
}

TEST_CASE("trees of two nodes that lie in each other are refused") {
  const auto with = [](const std::string& path, const std::string& other) {
    return mounts_of(alpha(), {{path, "alpha", kAlpha}, {other, "beta", kBeta}});
  };
  for (const auto& [outer, inner] :
       {std::pair("/export", "/export/b"), std::pair("/", "/export"), std::pair("/a", "/a/b/c")}) {
    CHECK_THROWS_WITH(with(outer, inner), Contains("lies in"));
    CHECK_THROWS_WITH(with(inner, outer), Contains("lies in"));
  }
  CHECK_NOTHROW(with("/export", "/exports"));
  CHECK_NOTHROW(mounts_of(alpha(), {{"/b", "beta", kBeta}, {"/b/c", "beta", kBeta}}));
}

TEST_CASE("lines of fstab") {
  CHECK_THAT(as_fstab({{"10.77.0.12:/a b", "/a b"}, {"/srv/a", "/export/a", true}}),
             Contains("\n10.77.0.12:/a\\040b /a\\040b nfs hard,nofail,_netdev 0 0\n"
                      "/srv/a /export/a none bind 0 0\n"));
}

TEST_CASE("units are called as systemd wants it") {
  const auto units = as_units({{"10.77.0.12:/export/b-c", "/export/b-c"},
                               {"10.77.0.12:/.x/100%", "/.x/100%"},
                               {"/srv", "/", true}});
  REQUIRE(units.size() == 3);
  CHECK_THAT(units.at("export-b\\x2dc.mount"),
             Contains("What=10.77.0.12:/export/b-c\nWhere=/export/b-c\nType=nfs\n"));
  CHECK_THAT(units.at("\\x2ex-100\\x25.mount"), Contains("Where=/.x/100%%\n"));
  CHECK_THAT(units.at("-.mount"), Contains("Options=bind\n"));
}

}  // namespace encluster::agent
