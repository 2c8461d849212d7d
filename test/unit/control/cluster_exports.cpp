#include "control/cluster_exports.hpp"

#include <catch2/catch.hpp>

#include "control/cluster_from_configuration.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

using agent_protocol::ExportRefusal;
using agent_protocol::Exports;
using Refused = std::vector<agent_protocol::RefusedExport>;

constexpr NodeId kAlpha(1);
constexpr NodeId kBeta(2);
const std::string kAgents =
    kSmall +
    "agents: {listen: 10.77.0.1:7077, token_file: t, allow: [{node: beta, exports: [/srv]}]}\n";

FileSystemKey key(const std::string& text) { return file_system_key().parse(text).value(); }

/// One export with one file system.
Exports one(const std::string& path, const std::string& key_text, std::uint64_t fsid) {
  return {.exports = {{path, {{path, key(key_text), fsid}}}}};
}

ExportBook book_of(const std::vector<BookedExports>& nodes) {
  ExportBook book;
  for (const auto& [node, exports] : nodes) static_cast<void>(book.note(node, exports));
  return book;
}

}  // namespace

TEST_CASE("a configured export gets the keys that its node found, besides its own") {
  const auto configuration =
      parse(kAgents + "exports: [{path: /a, node: alpha, keys: [\"fsid:7\"]}]\n");
  Exports told = one("/a", "ganesha:1", 1);
  told.exports[0].file_systems.push_back({"/a/b", key("fsid:8"), 2});
  told.exports[0].file_systems.push_back({"/a/c", key("fsid:7"), 3});
  told.exports[0].file_systems.push_back({"/a/d", {}, 4});
  const auto result = cluster_exports(configuration, book_of({{"alpha", told}}));
  REQUIRE(result.exports.size() == 1);
  CHECK(result.exports[0].node == kAlpha);
  CHECK(result.exports[0].keys == std::vector{key("fsid:7"), key("ganesha:1"), key("fsid:8")});
  CHECK(result.refused.empty());
}

TEST_CASE("other exports are taken where the configuration allows them") {
  const auto configuration = parse(kAgents);
  for (const std::string path : {"/srv", "/srv/x"}) {
    const auto result = cluster_exports(configuration, book_of({{"beta", one(path, "fsid:1", 1)}}));
    REQUIRE(result.exports.size() == 1);
    CHECK(result.exports[0] == ExportConfig{.path = path, .node = kBeta, .keys = {key("fsid:1")}});
  }
  for (const std::string path : {"/", "/sr", "/srvx", "/x/srv"}) {
    INFO(path);
    const auto result = cluster_exports(configuration, book_of({{"beta", one(path, "fsid:1", 1)}}));
    CHECK(result.exports.empty());
    CHECK(result.refused.at(kBeta) == Refused{{path, ExportRefusal::not_allowed}});
  }
  const auto alpha = cluster_exports(configuration, book_of({{"alpha", one("/srv", "fsid:1", 1)}}));
  CHECK(alpha.refused.at(kAlpha) == Refused{{"/srv", ExportRefusal::not_allowed}});
}

TEST_CASE("nodes that are not configured export nothing") {
  const auto result =
      cluster_exports(parse(kAgents), book_of({{"gamma", one("/srv", "fsid:1", 1)}}));
  CHECK(result == ClusterExports{});
}

TEST_CASE("a path is of one node") {
  const auto configuration = parse(kAgents + "exports: [{path: /srv/a, node: alpha}]\n");
  const auto result =
      cluster_exports(configuration, book_of({{"beta", one("/srv/a", "fsid:1", 1)}}));
  REQUIRE(result.exports.size() == 1);
  CHECK(result.exports[0].keys.empty());
  CHECK(result.refused.at(kBeta) ==
        Refused{{"/srv/a", ExportRefusal::path_taken, "alpha", "/srv/a"}});
}

TEST_CASE("a key is of the node that had it first, and of the configured one before all") {
  const std::string exports =
      "exports: [{path: /a, node: alpha}, {path: /g, node: gateway, keys: [\"fsid:9\"]}]\n";
  const auto configuration = parse(kAgents + exports);
  const BookedExports alpha{"alpha", one("/a", "fsid:1", 1)};
  const BookedExports beta{"beta", one("/srv/b", "fsid:1", 2)};
  const auto first = cluster_exports(configuration, book_of({alpha, beta}));
  CHECK(first.exports[0].keys == std::vector{key("fsid:1")});
  CHECK(first.exports[2].keys.empty());
  CHECK(first.refused.at(kBeta) == Refused{{"/srv/b", ExportRefusal::key_taken, "alpha", "/a"}});
  const auto second = cluster_exports(configuration, book_of({beta, alpha}));
  CHECK(second.exports[0].keys.empty());
  CHECK(second.exports[2].keys == std::vector{key("fsid:1")});
  CHECK(second.refused.at(kAlpha) == Refused{{"/a", ExportRefusal::key_taken, "beta", "/srv/b"}});
  const auto third = cluster_exports(configuration, book_of({{"alpha", one("/a", "fsid:9", 1)}}));
  CHECK(third.refused.at(kAlpha) == Refused{{"/a", ExportRefusal::key_taken, "gateway", "/g"}});
}

TEST_CASE("a number of a file system that two nodes have is named, and no reason to refuse") {
  const auto configuration = parse(kAgents + "exports: [{path: /a, node: alpha}]\n");
  Exports both = one("/a", "fsid:1", 7);
  both.exports[0].file_systems.push_back({"/a/b", key("fsid:2"), 7});
  const auto result = cluster_exports(
      configuration, book_of({{"alpha", both}, {"beta", one("/srv/b", "fsid:3", 7)}}));
  CHECK(result.exports[0].keys.size() == 2);
  CHECK(result.exports[1].keys.size() == 1);
  CHECK(result.refused.size() == 1);
  CHECK(result.refused.at(kBeta) == Refused{{"/srv/b", ExportRefusal::fsid_taken, "alpha", "/a"}});
}

TEST_CASE("an export has as many keys as it may") {
  const auto configuration = parse(kAgents + "exports: [{path: /a, node: alpha}]\n");
  Exports told{.exports = {{"/a", {}}}};
  for (std::size_t i = 0; i <= kMaxExportKeys; ++i) {
    told.exports[0].file_systems.push_back({"/a", key("ganesha:" + std::to_string(i)), i});
  }
  const auto result = cluster_exports(configuration, book_of({{"alpha", told}}));
  CHECK(result.exports[0].keys.size() == kMaxExportKeys);
  CHECK(result.refused.at(kAlpha) == Refused{{"/a", ExportRefusal::too_many}});
}

TEST_CASE("a port of mountd counts where none is configured") {
  Exports told = one("/a", "fsid:1", 1);
  told.mount_port = PortNumber(892);
  const std::string exports = "exports: [{path: /a, node: alpha}]\n";
  const auto learnt = cluster_exports(parse(kAgents + exports), book_of({{"alpha", told}}));
  CHECK(learnt.mount_ports == std::vector<NodePort>{{kAlpha, PortNumber(892)}});
  auto state = cluster_from(parse(kAgents + exports));
  learnt.apply_to(state);
  CHECK(state.exports == learnt.exports);
  CHECK(state.nodes[0].mount_port == PortNumber(892));
  CHECK(state.nodes[1].mount_port == PortNumber());
  const auto configured = parse(changed("10.77.0.11", "10.77.0.11, mount_port: 700") + exports);
  CHECK(cluster_exports(configured, book_of({{"alpha", told}})).mount_ports.empty());
}

}  // namespace encluster::control
