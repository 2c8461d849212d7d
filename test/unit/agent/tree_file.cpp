#include "agent/tree_file.hpp"

#include <catch2/catch.hpp>

#include "support/temporary_folder.hpp"

namespace encluster::agent {
namespace {

using agent_protocol::TreeEntry;
using Catch::Contains;

struct Fixture {
  TemporaryFolder folder;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::now(); }}};
  std::filesystem::path file = tree_file(folder / "agent.sock");
};

const TreeEntry kOne{"/a b", "alpha", Ipv4Address(10, 77, 0, 11)};
const TreeEntry kTwo{"/", "beta", Ipv4Address(10, 77, 0, 12)};

}  // namespace

TEST_CASE_METHOD(Fixture, "what was told in parts is read as a whole") {
  CHECK_THROWS_WITH(read_tree(file), Contains("is it running?"));
  TreeFile tree(file, log);
  tree.take({{kOne}, false});
  CHECK_THROWS(read_tree(file));
  tree.take({{kTwo}, true});
  CHECK(read_tree(file) == std::vector{kOne, kTwo});
  tree.take({{}, true});
  CHECK(read_tree(file).empty());
}

TEST_CASE_METHOD(Fixture, "what another gateway began is not told to its end") {
  TreeFile tree(file, log);
  tree.take({{kOne}, false});
  tree.parted();
  tree.take({{kTwo}, true});
  CHECK(read_tree(file) == std::vector{kTwo});
}

TEST_CASE_METHOD(Fixture, "a tree has as many entries as it may") {
  TreeFile tree(file, log);
  for (std::size_t i = 0; i <= agent_protocol::kMaxTree / 2; ++i) tree.take({{kOne, kOne}, false});
  tree.take({{kTwo}, true});
  CHECK(read_tree(file).size() == agent_protocol::kMaxTree);
}

TEST_CASE_METHOD(Fixture, "a file that is none is told of") {
  for (const char* text : {"tree 2\n", "tree 1\n10.77.0.11 alpha\n", "tree 1\nx alpha /a\n",
                           "tree 1\n10.77.0.11 alpha a\n"}) {
    folder.write("tree", text);
    CHECK_THROWS_WITH(read_tree(file), Contains("restart the agent"));
  }
}

TEST_CASE_METHOD(Fixture, "a folder that is not there is told of") {
  TreeFile tree(folder / "missing/tree", log);
  tree.take({{kOne}, true});
  CHECK(lines.find("event=tree_not_kept") != std::string::npos);
}

}  // namespace encluster::agent
