// Messages about exports.
#include <catch2/catch.hpp>
#include <vector>

#include "unit/agent_protocol/again.hpp"

namespace encluster::agent_protocol {
namespace {

FileSystemKey key(FileSystemKeyKind kind, std::uint8_t type, std::size_t size) {
  return {kind, type, std::vector<std::byte>(size, std::byte{7})};
}

Exports exports() {
  return {.mount_port = PortNumber(std::uint16_t{892}),
          .exports = {{"/", {}},
                      {"/export/\xc3\xa4",
                       {{"/export/\xc3\xa4", key(FileSystemKeyKind::ganesha, 0, 2), ~0ull},
                        {"/export/\xc3\xa4/b", key(FileSystemKeyKind::knfsd, 7, 24), 1},
                        {"/x", {}, 0}}}}};
}

ExportsAnswer exports_answer() {
  return {{{"/export/a", ExportRefusal::path_taken, "beta", "/export"},
           {"/", ExportRefusal::too_many, {}, {}}}};
}

Tree tree() { return {{{"/export/a", "alpha", Ipv4Address(10, 77, 0, 11)}}, true}; }

std::string complaint_of_exports(void (*spoil)(Exports&)) {
  Exports message = exports();
  spoil(message);
  return complaint(FromAgent(message));
}
std::string complaint_of_exports_answer(void (*spoil)(ExportsAnswer&)) {
  ExportsAnswer message = exports_answer();
  spoil(message);
  return complaint(FromGateway(message));
}

}  // namespace

TEST_CASE("What is said about exports arrives as it was") {
  for (const FromAgent& message : {FromAgent(exports()), FromAgent(Exports{})}) {
    CHECK(again(message) == message);
  }
  for (const FromGateway& message : {FromGateway(exports_answer()), FromGateway(ExportsAnswer{}),
                                     FromGateway(tree()), FromGateway(Tree{})}) {
    CHECK(again(message) == message);
  }
}

TEST_CASE("The longest messages about exports fit a frame") {
  Exports all{.mount_port = PortNumber(std::uint16_t{65535})};
  constexpr std::size_t kPaths = kMaxExports + kMaxFileSystems;
  const auto path = [](std::size_t number) {
    std::string text = '/' + std::to_string(1000 + number);
    return text + std::string(kMaxPathBytes / kPaths - text.size(), 'x');
  };
  for (std::size_t i = 0; i < kMaxExports; ++i) {
    all.exports.push_back({path(i), {}});
    all.exports[i].file_systems.assign(kMaxFileSystems / kMaxExports,
                                       {path(i), key(FileSystemKeyKind::knfsd, 7, 24), ~0ull});
  }
  CHECK(encode(FromAgent(all)).size() <= kMaxFrame);
  CHECK(again(FromAgent(all)) == FromAgent(all));
  ExportsAnswer answer;
  const std::string half(kMaxPathBytes / kMaxRefused / 2 - 1, 'x');
  answer.refused.assign(kMaxRefused, {'/' + half, ExportRefusal::key_taken,
                                      std::string(kMaxNodeName, 'a'), '/' + half});
  CHECK(encode(FromGateway(answer)).size() <= kMaxFrame);
  CHECK(again(FromGateway(answer)) == FromGateway(answer));
}

TEST_CASE("Exports that no node can have are malformed") {
  const std::string path = "a path that is none";
  for (const char* wrong : {"", "export", "/a/", "//a", "/a//b", "/a/./b", "/a/..", "/a\n"}) {
    INFO(wrong);
    Exports message = exports();
    message.exports[1].path = wrong;
    CHECK(complaint(FromAgent(message)) == path);
    CHECK_FALSE(is_path(wrong));
    message = exports();
    message.exports[1].file_systems[0].path = wrong;
    CHECK(complaint(FromAgent(message)) == path);
  }
  CHECK(complaint_of_exports(
            [](Exports& m) { m.exports[1].path = '/' + std::string(kMaxPath, 'x'); }) == path);
  CHECK(complaint_of_exports([](Exports& m) { m.exports[1].path = "/\xff"; }) == "not a message");
  CHECK_FALSE(is_path("/\xff"));
  CHECK(is_path("/a b/\u00e4"));
  CHECK(complaint_of_exports([](Exports& m) { std::swap(m.exports[0], m.exports[1]); }) ==
        "exports out of order");
  CHECK(complaint_of_exports([](Exports& m) { m.exports[0].path = m.exports[1].path; }) ==
        "exports out of order");
  CHECK(complaint_of_exports([](Exports& m) {
          m.exports[1].file_systems[0].key = key(FileSystemKeyKind::ganesha, 0, 3);
        }) == "a key that is none");
  CHECK(complaint_of_exports([](Exports& m) {
          m.exports[1].file_systems[0].key = key(FileSystemKeyKind::knfsd, 8, 4);
        }) == "a key that is none");
  CHECK(complaint_of_exports([](Exports& m) {
          m.exports[1].file_systems.resize(kMaxFileSystems + 1, m.exports[1].file_systems[2]);
        }) == "too many file systems");
  CHECK(complaint_of_exports([](Exports& m) {
          m.exports[1].file_systems.assign(33, {'/' + std::string(1022, 'x'), {}, 0});
        }) == "too many paths");
  CHECK(complaint_of_exports([](Exports& m) {
          m.exports.clear();
          for (std::size_t i = 0; i <= kMaxExports; ++i) {
            m.exports.push_back({'/' + std::to_string(1000 + i), {}});
          }
        }) == "too many exports");
}

TEST_CASE("Answers about exports that cannot be are malformed") {
  CHECK(complaint_of_exports_answer([](ExportsAnswer& m) { m.refused[0].path = "x"; }) ==
        "a path that is none");
  CHECK(complaint_of_exports_answer([](ExportsAnswer& m) { m.refused[0].other = "x"; }) ==
        "a path that is none");
  CHECK(complaint_of_exports_answer([](ExportsAnswer& m) { m.refused[0].owner = "\n"; }) ==
        "a node's name that is none");
  CHECK(complaint_of_exports_answer([](ExportsAnswer& m) {
          m.refused[0].reason = ExportRefusal{0};
        }) == "an unknown reason");
  CHECK(complaint_of_exports_answer([](ExportsAnswer& m) {
          m.refused[0].reason = ExportRefusal{6};
        }) == "an unknown reason");
  CHECK(complaint_of_exports_answer([](ExportsAnswer& m) {
          m.refused.resize(kMaxRefused + 1, m.refused[1]);
        }) == "too many exports");
}

TEST_CASE("Trees that cannot be are malformed") {
  Tree wrong = tree();
  wrong.entries[0].path = "/a/";
  CHECK(complaint(FromGateway(wrong)) == "a path that is none");
  wrong = tree();
  wrong.entries[0].node.clear();
  CHECK(complaint(FromGateway(wrong)) == "a node's name that is none");
  wrong.entries.assign(kMaxEntries + 1, tree().entries[0]);
  CHECK(complaint(FromGateway(wrong)) == "too many exports");
}

}  // namespace encluster::agent_protocol
