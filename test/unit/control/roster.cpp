#include "control/roster.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "control/cluster_from_configuration.hpp"
#include "support/temporary_folder.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

using Catch::Contains;

constexpr NodeId kAlpha(1);
constexpr NodeId kBeta(2);
const NodeChange kDraining{.weight = {}, .draining = true};

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("what a roster keeps, another one reads") {
  const TemporaryFolder folder;
  Roster roster(folder / "roster.yaml");
  CHECK(roster.problem().empty());
  CHECK_FALSE(std::filesystem::exists(folder / "roster.yaml"));
  roster.set("alpha", kDraining);
  roster.set("gateway", {.weight = std::uint16_t{7}, .draining = false});
  const Roster again(folder / "roster.yaml");
  CHECK(again.problem().empty());
  CHECK(again.changes() == roster.changes());
  CHECK(again.of("alpha") == kDraining);
  CHECK(again.of("gateway").weight == 7);
  CHECK(again.of("beta").empty());
}

TEST_CASE("a change that is cleared leaves nothing") {
  const TemporaryFolder folder;
  Roster roster(folder / "roster.yaml");
  roster.set("alpha", kDraining);
  roster.set("alpha", {});
  CHECK(roster.changes().empty());
  CHECK(Roster(folder / "roster.yaml").changes().empty());
}

TEST_CASE("changes win over the configuration, where there are any") {
  const TemporaryFolder folder;
  Roster roster(folder / "roster.yaml");
  auto state = cluster_from(parse(changed("10.77.0.11", "10.77.0.11, weight: 5")));
  roster.set("alpha", kDraining);
  roster.set("gateway", {.weight = std::uint16_t{0}, .draining = {}});
  roster.set("nobody", kDraining);
  roster.apply_to(state);
  CHECK(share_of(state, kAlpha) == NodeShare{5, true});
  CHECK(share_of(state, kBeta) == NodeShare{1, false});
  CHECK(share_of(state, kGateway) == NodeShare{0, false});
  CHECK_FALSE(share_of(state, NodeId(9)));
}

TEST_CASE("a change that cannot be kept is none") {
  const TemporaryFolder folder;
  Roster roster(folder / "missing/roster.yaml");
  CHECK(roster.problem().empty());
  CHECK_THROWS_WITH(roster.set("alpha", kDraining), Contains("missing"));
  CHECK(roster.changes().empty());
}

TEST_CASE("a damaged roster is put aside by the next change") {
  const TemporaryFolder folder;
  for (const std::string text :
       {"", "nodes", "nodes: [{name: alpha, weight: 1001}]", "nodes: [{weight: 1}]", "\xff\xfe",
        "nodes: [{name: alpha, weight: 1}, {name: alpha, draining: true}]", "{}"}) {
    INFO(text);
    const auto file = folder.write("roster.yaml", text);
    Roster roster(file);
    CHECK_THAT(roster.problem(), Contains("roster.yaml:"));
    CHECK(roster.changes().empty());
    CHECK(contents(file) == text);
    roster.set("beta", kDraining);
    CHECK(contents(folder / "roster.yaml.damaged") == text);
    CHECK(Roster(file).of("beta") == kDraining);
  }
}

TEST_CASE("what is no file is damaged, too") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "roster.yaml");
  CHECK_FALSE(Roster(folder / "roster.yaml").problem().empty());
}

TEST_CASE("nodes that are gone are forgotten") {
  const TemporaryFolder folder;
  Roster roster(folder / "roster.yaml");
  roster.set("alpha", kDraining);
  roster.set("beta", kDraining);
  CHECK(roster.keep_only({"alpha", "gamma"}) == std::set<std::string>{"beta"});
  CHECK(Roster(folder / "roster.yaml").changes() == NodeChanges{{"alpha", kDraining}});
  CHECK(roster.keep_only({"alpha"}).empty());
}

TEST_CASE("without a file nothing is changed") {
  Roster roster;
  CHECK(roster.keep_only({}).empty());
  auto state = cluster_from(parse(kSmall));
  roster.apply_to(state);
  CHECK(share_of(state, kAlpha) == NodeShare{1, false});
}

}  // namespace encluster::control
