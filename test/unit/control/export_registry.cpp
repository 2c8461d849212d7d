#include "control/export_registry.hpp"

#include <catch2/catch.hpp>
#include <utility>

#include "support/temporary_folder.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

using agent_protocol::ExportRefusal;
using agent_protocol::Exports;
using agent_protocol::ExportsAnswer;
using agent_protocol::Tree;

constexpr NodeId kAlpha(1);
constexpr NodeId kBeta(2);

Exports one(const std::string& path, const std::string& key) {
  return {.exports = {{path, {{path, file_system_key().parse(key).value(), path.size()}}}}};
}

struct Fixture {
  TemporaryFolder folder;
  std::string text = kSmall + "exports: [{path: /a, node: alpha}, {path: /beta, node: beta}]\n" +
                     "agents: {listen: 10.77.0.1:7077, token_file: t, exports_file: " +
                     (folder / "exports.yaml").string() + "}\n";
  Configuration configuration = parse(text);
  std::vector<ClusterExports> published;
  std::vector<std::pair<NodeId, ExportsAnswer>> answers;
  std::vector<std::pair<NodeId, std::vector<Tree>>> trees;
  std::string lines;
  Logger log{{.write = [this](const std::string& line) { lines += line; },
              .now = [] { return LogSettings::Clock::now(); }}};

  ExportRegistry registry() {
    return {
        configuration,
        {.publish = [this](const auto& exports) { published.push_back(exports); },
         .tell = [this](NodeId node, const auto& told) { answers.emplace_back(node, told); },
         .tell_tree = [this](NodeId node, const auto& told) { trees.emplace_back(node, told); }},
        log};
  }
  [[nodiscard]] bool logged(const std::string& part) const {
    return lines.find(part) != std::string::npos;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what a node exports is current before the node is answered") {
  ExportRegistry exports = registry();
  CHECK(exports.current().exports == configuration.exports);
  exports.note(kAlpha, one("/a", "ganesha:1"));
  REQUIRE(published.size() == 1);
  CHECK(published[0].exports[0].keys.size() == 1);
  CHECK(published[0] == exports.current());
  CHECK(answers == std::vector<std::pair<NodeId, ExportsAnswer>>{{kAlpha, {}}});
  exports.note(kAlpha, one("/a", "ganesha:1"));
  CHECK(published.size() == 1);
  CHECK(answers.size() == 2);
}

TEST_CASE_METHOD(Fixture, "the next registry knows what the one before was told") {
  registry().note(kAlpha, one("/a", "ganesha:1"));
  published.clear();
  const ExportRegistry again = registry();
  CHECK(again.current().exports[0].keys.size() == 1);
  CHECK(published.empty());
  CHECK(lines.empty());
}

TEST_CASE_METHOD(Fixture, "a collision is told to whom it concerns, once, and when it is over") {
  ExportRegistry exports = registry();
  exports.note(kAlpha, one("/a", "ganesha:1"));
  exports.note(kBeta, one("/beta", "ganesha:1"));
  const ExportsAnswer refused{{{"/beta", ExportRefusal::key_taken, "alpha", "/a"}}};
  CHECK(answers.back() == std::pair(kBeta, refused));
  CHECK(logged("event=export_refused node=beta path=/beta reason=key-taken owner=alpha other=/a"));
  lines.clear();
  exports.note(kBeta, one("/beta", "ganesha:1"));
  CHECK(answers.back() == std::pair(kBeta, refused));
  CHECK(lines.empty());
  answers.clear();
  exports.note(kAlpha, one("/a", "ganesha:2"));
  CHECK(answers == std::vector<std::pair<NodeId, ExportsAnswer>>{{kBeta, {}}, {kAlpha, {}}});
  CHECK(logged("event=export_settled node=beta path=/beta reason=key-taken"));
  CHECK(exports.current().exports[1].keys.size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "what could not be made current is told of, and the exports stay as they were") {
  ExportRegistry exports(
      configuration,
      {.publish = [](const auto&) { throw std::runtime_error("no room"); },
       .tell = [this](NodeId node, const auto& told) { answers.emplace_back(node, told); },
       .tell_tree = [](NodeId, const auto&) {}},
      log);
  exports.note(kAlpha, one("/a", "ganesha:1"));
  CHECK(logged("event=exports_failed problem=\"no room\""));
  CHECK(exports.current().exports == configuration.exports);
  CHECK(answers.size() == 1);
}

TEST_CASE_METHOD(Fixture, "another configuration has other exports, and forgets nodes") {
  ExportRegistry exports = registry();
  exports.note(kAlpha, one("/a", "ganesha:1"));
  exports.note(kBeta, one("/beta", "ganesha:2"));
  text.replace(text.find("{path: /a, node: alpha}"), 23, "{path: /a, node: gateway}");
  text.replace(text.find("  - {name: beta, id: 2, address: 10.77.0.12}\n"), 45, "");
  text.replace(text.find(", {path: /beta, node: beta}"), 27, "");
  const Configuration next = parse(text);
  const ClusterExports under = exports.exports_under(next);
  REQUIRE(under.exports.size() == 1);
  CHECK(under.exports[0].keys.empty());
  answers.clear();
  exports.reconfigure(next);
  CHECK(exports.current() == under);
  CHECK(answers.size() == 1);
  CHECK(answers[0].second.refused[0].reason == ExportRefusal::path_taken);
  CHECK(ExportBook(folder / "exports.yaml").nodes().size() == 1);
}

TEST_CASE_METHOD(Fixture, "a book that is damaged, or cannot be written, is told of") {
  folder.write("exports.yaml", "nodes");
  ExportRegistry exports = registry();
  CHECK(logged("event=exports_damaged"));
  std::filesystem::remove_all(folder.path());
  exports.note(kAlpha, one("/a", "ganesha:1"));
  CHECK(logged("event=exports_not_kept"));
  CHECK(published.size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "nodes hear what the cluster exports when they join, and when it changes") {
  ExportRegistry exports = registry();
  exports.welcomed(kBeta);
  const std::vector<Tree> tree{
      {{{"/a", "alpha", Ipv4Address(10, 77, 0, 11)}, {"/beta", "beta", Ipv4Address(10, 77, 0, 12)}},
       true}};
  CHECK(trees == std::vector{std::pair(kBeta, tree)});
  exports.note(kAlpha, one("/a", "ganesha:1"));
  CHECK(trees.size() == 1);
  configuration.exports.push_back({.path = "/own", .node = kGateway});
  exports.reconfigure(configuration);
  REQUIRE(trees.size() == 3);
  CHECK(trees[1].first == kAlpha);
  CHECK(trees[2].second[0].entries[2] ==
        agent_protocol::TreeEntry{"/own", "gateway", Ipv4Address(10, 77, 0, 1)});
}

TEST_CASE_METHOD(Fixture, "a large tree is told in parts, each of which fits a message") {
  for (int i = 0; i < 300; ++i) {
    configuration.exports.push_back(
        {.path = "/" + std::to_string(1000 + i) + std::string(i < 40 ? 1000 : 0, 'x'),
         .node = kBeta});
  }
  registry().welcomed(kAlpha);
  const auto& parts = trees.at(0).second;
  std::size_t entries = 0;
  for (const Tree& part : parts) {
    entries += part.entries.size();
    CHECK(part.entries.size() <= agent_protocol::kMaxEntries);
    CHECK(part.last == (&part == &parts.back()));
  }
  CHECK(entries == 302);
  CHECK(parts.size() == 3);
}

TEST_CASE_METHOD(Fixture, "a tree is cut before an agent's connection would break") {
  for (int i = 0; i < 1000; ++i) {
    configuration.exports.push_back(
        {.path = "/" + std::to_string(1000 + i) + std::string(1000, 'x'), .node = kBeta});
  }
  registry().welcomed(kAlpha);
  std::size_t entries = 0;
  for (const Tree& part : trees.at(0).second) entries += part.entries.size();
  CHECK(entries < 530);
  CHECK(entries > 500);
  CHECK(trees.at(0).second.back().last);
  CHECK(logged("event=tree_cut exports=1002"));
}

TEST_CASE_METHOD(Fixture, "an answer holds as many collisions as fit") {
  configuration = parse(kSmall + "exports: [{path: /a, node: alpha}]\n");
  ExportRegistry exports = registry();
  Exports many;
  for (int i = 0; i < 200; ++i) {
    many.exports.push_back({"/" + std::to_string(1000 + i) + std::string(1000, 'x'), {}});
  }
  exports.note(kBeta, many);
  CHECK(answers.back().second.refused.size() == 32);
  CHECK(exports.current().refused.at(kBeta).size() == 200);
}

}  // namespace encluster::control
