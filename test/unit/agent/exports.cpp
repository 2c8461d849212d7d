#include "agent/exports.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {
namespace {

using Bytes = std::vector<std::byte>;

constexpr Ipv4Address kOwn(10, 77, 0, 11);
constexpr PortNumber kMountPort(892);

Bytes ganesha(unsigned id) {
  Bytes handle(24, std::byte{0x5a});
  handle[0] = std::byte{0x43};
  handle[1] = std::byte{0};
  handle[2] = std::byte{0};
  handle[3] = static_cast<std::byte>(id);
  return handle;
}

/// A node whose servers the test plays.
struct Node {
  std::vector<RpcProgram> programs{{100'003, {Protocol::tcp, PortNumber(2048)}, {}},
                                   {100'003, {Protocol::udp, PortNumber(2049)}, {}},
                                   {100'005, {Protocol::udp, PortNumber(1)}, uid_t{1000}},
                                   {100'005, {Protocol::udp, kMountPort}, {}}};
  std::string mountinfo = "22 21 8:2 / /srv/a/b rw - ext4 /dev/sda2 rw\n";
  std::map<std::string, nfs_probe::Directory> directories{{"/a", {ganesha(1), 7}}};
  bool silent = false;
  int asked = 0;

  FoundExports find(const std::vector<ConfiguredExport>& exports) {
    return find_exports(exports, {.address = [] { return kOwn; },
                                  .programs = [this] { return programs; },
                                  .mountinfo = [this] { return mountinfo; },
                                  .probe =
                                      [this](const nfs_probe::Server& server, Ipv4Address from,
                                             const std::string& path) {
                                        ++asked;
                                        CHECK(server.address == kOwn);
                                        CHECK(from == kOwn);
                                        CHECK(server.mount_port == kMountPort);
                                        CHECK(server.nfs_port == PortNumber(2049));
                                        if (silent) throw nfs_probe::NoAnswer("timed out");
                                        const auto found = directories.find(path);
                                        if (found == directories.end())
                                          throw nfs_probe::Denied("MNT: permission denied");
                                        return found->second;
                                      }});
  }
};

}  // namespace

TEST_CASE("an export has the key of its handle") {
  Node node;
  const FoundExports found = node.find({{"/a", "/srv/a"}});
  CHECK(found.problems.empty());
  CHECK(found.exports.mount_port == kMountPort);
  REQUIRE(found.exports.exports.size() == 1);
  const auto& file_systems = found.exports.exports[0].file_systems;
  REQUIRE(file_systems.size() == 1);
  CHECK(file_systems[0].path == "/a");
  CHECK(file_systems[0].key.kind() == FileSystemKeyKind::ganesha);
  CHECK(file_systems[0].fsid == 7);
}

TEST_CASE("what is mounted below an export is a file system of its own, if it is another one") {
  Node node;
  node.directories["/a/b"] = {ganesha(1), 7};
  CHECK(node.find({{"/a", "/srv/a"}}).exports.exports[0].file_systems.size() == 1);
  node.directories["/a/b"] = {ganesha(2), 8};
  const auto found = node.find({{"/a", "/srv/a"}});
  REQUIRE(found.exports.exports[0].file_systems.size() == 2);
  CHECK(found.exports.exports[0].file_systems[1].path == "/a/b");
  node.directories["/srv/a/b"] = {ganesha(3), 9};
  node.directories["/"] = {ganesha(4), 10};
  const auto root = node.find({{"/", "/"}});
  REQUIRE(root.exports.exports[0].file_systems.size() == 2);
  CHECK(root.exports.exports[0].file_systems[1].path == "/srv/a/b");
}

TEST_CASE("a path that the gateway would not take is left out, and told of") {
  Node node;
  for (const std::string name : {"\\377", "\x7f", "b"}) {
    node.mountinfo += "22 21 8:2 / /srv/a/" + name + " rw - ext4 /dev/sda2 rw\n";
  }
  for (const char* const path : {"/a/\377", "/a/\x7f", "/a/b"}) {
    node.directories[path] = {ganesha(2), 8};
  }
  const auto found = node.find({{"/a", "/srv/a"}});
  REQUIRE(found.exports.exports[0].file_systems.size() == 2);
  CHECK(found.exports.exports[0].file_systems[1].path == "/a/b");
  CHECK(found.problems.size() == 2);
  CHECK(found.problems.contains("/a/\377"));
  CHECK(found.problems.contains("/a/\x7f"));
}

TEST_CASE("an export that is not to be had is not known") {
  Node node;
  const auto found = node.find({{"/a", "/srv/a"}, {"/x", "/x"}});
  REQUIRE(found.exports.exports.size() == 2);
  CHECK(found.exports.exports[1].file_systems.empty());
  CHECK(found.problems == std::map<std::string, std::string>{{"/x", "MNT: permission denied"}});
}

TEST_CASE("a server that is silent is asked once") {
  Node node;
  node.silent = true;
  const auto found = node.find({{"/a", "/srv/a"}, {"/b", "/b"}});
  CHECK(node.asked == 1);
  CHECK(found.problems.size() == 2);
  CHECK(found.exports.exports[1].path == "/b");
}

TEST_CASE("without a server nothing is known") {
  Node node;
  node.programs.pop_back();
  const auto found = node.find({{"/a", "/a"}});
  CHECK(found.problems.at("/a") == "rpcbind knows no mountd over UDP");
  CHECK(found.exports.mount_port == PortNumber());
  CHECK(found.exports.exports.size() == 1);
}

TEST_CASE("a handle of a server that nobody knows is told of") {
  Node node;
  node.directories["/a"] = {Bytes(32), 7};
  const auto found = node.find({{"/a", "/a"}});
  CHECK(found.problems.at("/a") == "a file handle of no known server");
  CHECK(found.exports.exports[0].file_systems.size() == 1);
}

TEST_CASE("more than a message holds is left out") {
  Node node;
  std::vector<ConfiguredExport> exports;
  for (int i = 0; i < 40; ++i) {
    const std::string path = "/" + std::to_string(100 + i) + std::string(500, 'x');
    exports.push_back({path, path});
    node.directories[path] = {ganesha(1), 7};
  }
  const auto found = node.find(exports);
  CHECK(found.exports.exports.size() == 32);
  CHECK(found.problems.size() == 8);
}

}  // namespace encluster::agent
