#include "recovery/own_renumberings.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

namespace encluster::recovery {
namespace {

using agent_protocol::Renumbering;
using agent_protocol::TcpSocket;

constexpr Ipv4Address kRemote(198, 51, 100, 7);

struct Fixture {
  std::filesystem::path folder = make_folder();
  std::filesystem::path file = folder / "run" / "demo.renumbered";

  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "encluster-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    return name;
  }
  Fixture() = default;
  ~Fixture() { std::filesystem::remove_all(folder); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  static Renumbering renumbering(std::uint16_t port, std::uint16_t shown) {
    return {kRemote, PortNumber(514), PortNumber(port), PortNumber(shown)};
  }
  static std::vector<TcpSocket> sockets(std::initializer_list<std::uint16_t> ports) {
    std::vector<TcpSocket> all;
    for (const std::uint16_t port : ports) {
      all.push_back({.remote = kRemote,
                     .remote_port = PortNumber(514),
                     .port = PortNumber(port),
                     .shown = PortNumber(port)});
    }
    return all;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what was noted is known to the next process") {
  OwnRenumberings(file).note(renumbering(1023, 1019));
  auto own = sockets({1023, 1022});
  OwnRenumberings(file).apply(own);
  CHECK(own[0].shown == PortNumber(1019));
  CHECK(own[1].shown == PortNumber(1022));
}

TEST_CASE_METHOD(Fixture, "of a port that was renumbered again the last number is right") {
  OwnRenumberings before(file);
  before.note(renumbering(1023, 1019));
  before.note(renumbering(1023, 1018));
  auto own = sockets({1023});
  OwnRenumberings(file).apply(own);
  CHECK(own[0].shown == PortNumber(1018));
}

TEST_CASE_METHOD(Fixture, "a connection that is gone is forgotten, and at last the file") {
  OwnRenumberings(file).note(renumbering(1023, 1019));
  CHECK(std::filesystem::exists(file));
  auto none = sockets({});
  OwnRenumberings(file).apply(none);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE_METHOD(Fixture, "without anything to remember there is no file") {
  auto own = sockets({1023});
  OwnRenumberings(file).apply(own);
  CHECK_FALSE(std::filesystem::exists(folder / "run"));
}

TEST_CASE_METHOD(Fixture, "only so many are remembered, the last ones") {
  OwnRenumberings before(file);
  for (std::uint16_t port = 1; port <= OwnRenumberings::kMost + 1; ++port) {
    before.note(renumbering(port, 600));
  }
  auto own = sockets({1, OwnRenumberings::kMost + 1});
  OwnRenumberings(file).apply(own);
  CHECK(own[0].shown == PortNumber(1));
  CHECK(own[1].shown == PortNumber(600));
}

TEST_CASE_METHOD(Fixture, "lines that are none say nothing") {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "\n1 2 3\n-1 514 1023 1019\n3325256711 0 1023 1019\n"
                      << kRemote.value() << " 514 1023 70000\n"
                      << kRemote.value() << " 514 1022 1019\n\xff\xfe";
  auto own = sockets({1023, 1022});
  OwnRenumberings(file).apply(own);
  CHECK(own[0].shown == PortNumber(1023));
  CHECK(own[1].shown == PortNumber(1019));
}

TEST_CASE_METHOD(Fixture, "a file that cannot be written is named") {
  std::ofstream(folder / "run") << "no folder";
  OwnRenumberings all(file);
  CHECK_THROWS_WITH(all.note(renumbering(1023, 1019)), Catch::Contains("demo.renumbered"));
}

}  // namespace encluster::recovery
