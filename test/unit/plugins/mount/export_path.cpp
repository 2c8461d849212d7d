#include "mount/export_path.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace encluster::mount {
namespace {

/// In its shortest form; "none" where it is no path.
std::string shortest(const std::string& path) {
  const ShortestPath result(std::as_bytes(std::span(path)));
  return result.ok() ? std::string(result.text()) : "none";
}

std::string found(const ExportPaths& exports, const std::string& path) {
  const ExportConfig* one = exports.find(path);
  return one == nullptr ? "none" : one->path;
}

ExportPaths exporting(const std::vector<std::string>& paths) {
  std::vector<ExportConfig> exports;
  for (const std::string& path : paths) exports.push_back({.path = path, .node = NodeId(1)});
  return ExportPaths(std::move(exports));
}

}  // namespace

TEST_CASE("a path is brought to its shortest form") {
  CHECK(shortest("/export/home") == "/export/home");
  CHECK(shortest("/export//home///x") == "/export/home/x");
  CHECK(shortest("/export/home/") == "/export/home");
  CHECK(shortest("export/home") == "/export/home");
  CHECK(shortest("./export/./home/.") == "/export/home");
  CHECK(shortest("/export/../etc") == "/etc");
  CHECK(shortest("/export/home/../../..") == "/");
  CHECK(shortest("../../x") == "/x");
  CHECK(shortest("/") == "/");
  CHECK(shortest("///") == "/");
  CHECK(shortest(".") == "/");
  CHECK(shortest("/...") == "/...");
  CHECK(shortest("/.x/..y") == "/.x/..y");
}

TEST_CASE("bytes that are no UTF-8 are kept as they are") {
  CHECK(shortest("/export/\xff\xc3\x28//\x80") == "/export/\xff\xc3\x28/\x80");
}

TEST_CASE("an empty path, one with a zero, and one of more than 1024 bytes are none") {
  CHECK(shortest("") == "none");
  CHECK(shortest(std::string("/export\0/home", 13)) == "none");
  CHECK(shortest(std::string(1025, 'a')) == "none");
  CHECK(shortest("/" + std::string(1024, 'a')) == "none");
}

TEST_CASE("the longest path has room, with the slash that it lacks") {
  CHECK(shortest(std::string(1024, 'a')) == "/" + std::string(1024, 'a'));
  std::string many;
  while (many.size() < 1024) many += "a/";
  CHECK(shortest(many) == "/" + many.substr(0, 1023));
}

TEST_CASE("an export holds its directory and what is below it") {
  const ExportPaths exports = exporting({"/export/home"});
  CHECK(found(exports, "/export/home") == "/export/home");
  CHECK(found(exports, "/export/home/x/y") == "/export/home");
  CHECK(found(exports, "/export/homes") == "none");
  CHECK(found(exports, "/export/hom") == "none");
  CHECK(found(exports, "/export") == "none");
  CHECK(found(exports, "/") == "none");
}

TEST_CASE("of several exports, the one with the longest path holds a directory") {
  const ExportPaths exports = exporting({"/export/home/x", "/export", "/export/home", "/exp"});
  CHECK(found(exports, "/export/home/x/y") == "/export/home/x");
  CHECK(found(exports, "/export/home/xy") == "/export/home");
  CHECK(found(exports, "/export/other") == "/export");
  CHECK(found(exports, "/exp/x") == "/exp");
  CHECK(found(exports, "/expo") == "none");
}

TEST_CASE("the root holds everything that nothing else does") {
  const ExportPaths exports = exporting({"/", "/export"});
  CHECK(found(exports, "/") == "/");
  CHECK(found(exports, "/etc/x") == "/");
  CHECK(found(exports, "/export/x") == "/export");
}

}  // namespace encluster::mount
