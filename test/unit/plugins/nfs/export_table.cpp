#include "nfs/export_table.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "support/random.hpp"

namespace encluster::nfs {
namespace {

FileSystemKey key_from(test::Random& random) {
  const auto bytes = random.bytes(1 + random.upto(23));
  return {FileSystemKeyKind::bytes, 0, std::as_bytes(std::span(bytes))};
}

}  // namespace

TEST_CASE("every key is found, and no other") {
  test::Random random(1992);
  for (const std::size_t exports : {0U, 1U, 3U, 100U}) {
    std::set<FileSystemKey> used;
    std::vector<ExportConfig> configured;
    for (std::size_t i = 0; i < exports; ++i) {
      ExportConfig one{.path = "/" + std::to_string(i),
                       .node = NodeId(static_cast<std::uint16_t>(i + 1))};
      for (std::uint32_t keys = random.upto(5); keys > 0; --keys) {
        if (const FileSystemKey key = key_from(random); used.insert(key).second) {
          one.keys.push_back(key);
        }
      }
      configured.push_back(std::move(one));
    }
    const ExportTable table(configured);
    for (const ExportConfig& one : configured) {
      for (const FileSystemKey& key : one.keys) {
        CHECK(table.find(key).used());
        CHECK(table.find(key).node == one.node);
        CHECK(table.export_of(table.find(key)).path == one.path);
      }
    }
    for (int i = 0; i < 1000; ++i) {
      const FileSystemKey key = key_from(random);
      if (!used.contains(key)) CHECK_FALSE(table.find(key).used());
    }
    CHECK_FALSE(table.find({}).used());
  }
}

TEST_CASE("an export without clients is open, and the gateway may be among the nodes") {
  const FileSystemKey first(FileSystemKeyKind::ganesha, 0, std::array{std::byte{0}, std::byte{1}});
  const FileSystemKey second(FileSystemKeyKind::ganesha, 0, std::array{std::byte{0}, std::byte{2}});
  const ExportTable table(
      {{.path = "/a", .node = NodeId(1), .keys = {first}},
       {.path = "/b", .node = kGateway, .keys = {second}, .clients = {{Ipv4Address(), 0}}}});
  CHECK(table.find(first).open);
  CHECK_FALSE(table.find(second).open);
  CHECK(table.has_gateway());
  CHECK_FALSE(ExportTable({{.path = "/a", .node = NodeId(1)}}).has_gateway());
}

}  // namespace encluster::nfs
