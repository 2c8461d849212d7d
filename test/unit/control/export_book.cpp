#include "control/export_book.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "control/configuration_format.hpp"
#include "support/temporary_folder.hpp"

namespace encluster::control {
namespace {

using agent_protocol::Exports;
using Catch::Contains;

FileSystemKey key(const std::string& text) { return file_system_key().parse(text).value(); }

Exports told(const std::string& key_text, std::uint16_t port = 0) {
  return {.mount_port = PortNumber(port),
          .exports = {{"/a", {{"/a", key(key_text), ~0ull}, {"/a/b", key("fsid:7"), 3}}}}};
}

}  // namespace

TEST_CASE("what a book of exports keeps, another one reads") {
  const TemporaryFolder folder;
  ExportBook book(folder / "exports.yaml");
  CHECK(book.problem().empty());
  CHECK(book.note("beta", told("ganesha:257", 892)));
  Exports strange;
  strange.exports = {{"/quo\"te\\", {{"/quo\"te\\/\xc3\xa4 b", key("bytes:00ff"), 0}}}, {"/x", {}}};
  CHECK(book.note("alpha", strange));
  CHECK_FALSE(book.note("gamma", {}));
  book.save();
  const ExportBook again(folder / "exports.yaml");
  CHECK(again.problem().empty());
  CHECK(again.nodes() == book.nodes());
  CHECK(again.nodes()[0].node == "beta");
}

TEST_CASE("what a node does not know now is as it was") {
  ExportBook book;
  CHECK(book.note("alpha", told("ganesha:1", 892)));
  Exports unknown = told("ganesha:1");
  unknown.exports[0].file_systems.clear();
  CHECK_FALSE(book.note("alpha", unknown));
  CHECK(book.nodes()[0].exports == told("ganesha:1", 892));
  CHECK(book.note("alpha", told("ganesha:2")));
  CHECK(book.nodes()[0].exports == told("ganesha:2", 892));
  CHECK(book.note("alpha", {}));
  CHECK(book.nodes()[0].exports.exports.empty());
}

TEST_CASE("nodes that are no more are forgotten") {
  ExportBook book;
  CHECK(book.note("alpha", told("ganesha:1")));
  CHECK(book.note("beta", told("ganesha:2")));
  CHECK_FALSE(book.keep_only({"alpha", "beta"}));
  CHECK(book.keep_only({"beta"}));
  REQUIRE(book.nodes().size() == 1);
  CHECK(book.nodes()[0].node == "beta");
}

TEST_CASE("a damaged book says nothing, and is put aside by the next change") {
  const TemporaryFolder folder;
  for (const std::string text :
       {"", "nodes", "{}", "nodes: [{mount_port: 1}]", "nodes: [{name: a, mount_port: 0}]",
        "nodes: [{name: a, exports: [{path: x}]}]", "nodes: [{name: a, exports: [{}]}]",
        "nodes: [{name: a, exports: [{path: /x, file_systems: [{path: /x, fsid: 1}]}]}]",
        "nodes: [{name: a, exports: [{path: /x, file_systems: [{path: /x, key: k, fsid: 1}]}]}]"}) {
    INFO(text);
    const auto file = folder.write("exports.yaml", text);
    ExportBook book(file);
    CHECK_THAT(book.problem(), Contains("exports.yaml"));
    CHECK(book.nodes().empty());
    CHECK(book.note("alpha", told("ganesha:1")));
    book.save();
    CHECK(ExportBook(file).nodes() == book.nodes());
    CHECK(std::filesystem::exists(folder / "exports.yaml.damaged"));
  }
}

TEST_CASE("a file system without a key is not kept from its file") {
  const TemporaryFolder folder;
  ExportBook book(folder / "exports.yaml");
  CHECK(book.note("alpha", {.exports = {{"/a", {{"/a", {}, 1}, {"/a/b", key("fsid:7"), 2}}}}}));
  book.save();
  const ExportBook again(folder / "exports.yaml");
  CHECK(again.problem().empty());
  CHECK(again.nodes()[0].exports.exports[0].file_systems.size() == 1);
}

TEST_CASE("a book that cannot be written says which") {
  const TemporaryFolder folder;
  ExportBook book(folder / "missing/exports.yaml");
  CHECK(book.note("alpha", told("ganesha:1")));
  CHECK_THROWS_WITH(book.save(), Contains("missing"));
  Exports large;
  for (int i = 0; i < 1100; ++i) {
    large.exports.push_back({"/" + std::to_string(1000 + i) + std::string(1000, 'x'), {}});
  }
  ExportBook other(folder / "exports.yaml");
  CHECK(other.note("alpha", large));
  CHECK_THROWS_WITH(other.save(), Contains("more than 1048576 bytes"));
  CHECK_FALSE(std::filesystem::exists(folder / "exports.yaml"));
}

}  // namespace encluster::control
